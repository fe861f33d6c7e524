// What knowing all DNS providers costs at start: the list, the settings' vocabulary, and the one definition in use. The
// budget is 5 ms and 2 MB for 178 providers; what ships may be fewer, so the list's share is also printed for so many. For
// comparison: what reading every definition would cost.
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
constexpr double kProviders = 178;  // all that acme.sh and lego know

struct Cost {
  double milliseconds;
  double megabytes;
};

void print(const char* what, const Cost& cost, bool has_budget) {
  const bool within = cost.milliseconds < kMilliseconds && cost.megabytes < kMegabytes;
  fmt::print("{:<46}{:>9.3f} ms{:>9.3f} MB{}\n", what, cost.milliseconds, cost.megabytes,
             !has_budget ? ""
             : within    ? "  within the budget"
                         : "  OVER THE BUDGET");
}

template <class Work>
Cost measure(const char* what, bool has_budget, Work work) {
  const auto held = mallinfo2().uordblks;
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  const double grew = static_cast<double>(mallinfo2().uordblks - held) / 1e6;
  const Cost cost{took.count(), grew};
  print(what, cost, has_budget);
  return cost;
}

}  // namespace

int main() {
  fmt::print("{} definitions\n", embeddedDefinitions().size());
  const Cost list = measure("at start: the catalogue", true, [] { static_cast<void>(catalogue()); });
  const Cost chosen = measure("at start: the chosen one, read", true, [] { static_cast<void>(find("dns_cf")); });
  const double more = kProviders / static_cast<double>(embeddedDefinitions().size());
  print("both, with 178 definitions",
        {list.milliseconds * more + chosen.milliseconds, list.megabytes * more + chosen.megabytes}, true);
  static_cast<void>(measure("at every later look", true, [] { static_cast<void>(find("dns_cf")); }));
  std::vector<Definition> all;
  static_cast<void>(measure("were all of them read", false, [&] {
    for (const EmbeddedDefinition& one : embeddedDefinitions()) {
      if (auto definition = loadDefinition(one.text, one.id)) all.push_back(std::move(*definition));
    }
  }));
}
