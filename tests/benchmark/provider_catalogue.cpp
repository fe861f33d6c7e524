// What knowing all DNS providers costs at start: the list, the settings' vocabulary, and the one definition in use.
// The budget is 5 ms and 2 MB. For comparison: what reading every definition would cost.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>

#include "dns/providers/catalogue.h"
#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"

namespace {

using namespace sidecert::dns::providers;

constexpr double kMilliseconds = 5;
constexpr double kMegabytes = 2;

template <class Work>
void measure(const char* what, bool has_budget, Work work) {
  const auto held = mallinfo2().uordblks;
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  const double grew = static_cast<double>(mallinfo2().uordblks - held) / 1e6;
  const bool within = took.count() < kMilliseconds && grew < kMegabytes;
  fmt::print("{:<46}{:>9.3f} ms{:>9.3f} MB{}\n", what, took.count(), grew,
             !has_budget ? ""
             : within    ? "  within the budget"
                         : "  OVER THE BUDGET");
}

}  // namespace

int main() {
  fmt::print("{} definitions\n", embeddedDefinitions().size());
  measure("at start: the catalogue and the chosen one", true, [] {
    static_cast<void>(catalogue());
    static_cast<void>(find("dns_cf"));
  });
  measure("at every later look", true, [] { static_cast<void>(find("dns_cf")); });
  std::vector<Definition> all;
  measure("were all of them read", false, [&] {
    for (const EmbeddedDefinition& one : embeddedDefinitions()) {
      if (auto definition = loadDefinition(one.text, one.id)) all.push_back(std::move(*definition));
    }
  });
}
