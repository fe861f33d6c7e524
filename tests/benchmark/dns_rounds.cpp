// What DNS costs an order behind a line with a round trip time: CAA, places, visibility, for 1, 25 and 100 names of a zone.
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/http/poco_http.h"
#include "dns/preflight.h"
#include "dns/publisher.h"
#include "dns/resolver.h"
#include "support/delaying_dns.h"
#include "support/free_address.h"
#include "support/knot_server.h"
#include "support/memory_log.h"

namespace {

using namespace sidecert;
using namespace sidecert::testing;

constexpr std::chrono::milliseconds kRoundTrip{50};

void measure(std::size_t count) {
  const std::string line = freeLoopbackAddress({53});
  DnsZone zone{.name = "home.example", .records = {}, .name_servers = {line}, .update_keys = {}, .primary = {}};
  std::vector<std::string> names;
  std::vector<dns::TxtRecord> wished;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(fmt::format("h{}.home.example", i));
    zone.records.push_back(fmt::format("_acme-challenge.h{} TXT value", i));
    wished.push_back({.name = "_acme-challenge." + names.back(), .value = "value"});
  }
  KnotServer knot({.zones = {zone}, .keys = {}});
  DelayingDns delay(line, knot.address(), kRoundTrip);
  MemoryLog sink;
  const Log log(sink);
  const auto resolver = dns::makeResolver({delay.address()}, log);
  const auto http = makePocoHttp({}, log).value();
  SystemClock clock;
  PosixFileSystem files;
  const Ports ports{clock, *http, files, log, {}};
  const auto nobody = [](const std::string&) -> Result<dns::Provider*> { return fail(ErrorCode::Settings, "no provider"); };
  dns::Publisher publisher(*resolver, nobody, {.limit = std::chrono::minutes(10)}, ports);

  const auto begin = std::chrono::steady_clock::now();
  const auto troubles = dns::preflight(*resolver, names, {.issuers = {"ca.example"}}, ports.effort());
  const auto placements = publisher.place(wished, ports.effort());
  const bool seen = placements && publisher.awaitVisible(*placements, ports.effort());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print("{:>4} names: {:>4} questions in {:>3} rounds, {:.2f} s{}{}\n", count, delay.questions(), delay.rounds(),
             took.count(), seen ? "" : ", NOT SEEN", troubles.empty() ? "" : ", with troubles");
}

}  // namespace

int main() {
  fmt::print("round trip time {} ms\n", kRoundTrip.count());
  for (const std::size_t count : {1U, 25U, 100U}) measure(count);
}
