// Years in seconds: containers live through outages, wrong DNS, NAS that are off for weeks, kills, restart storms, suspends,
// clocks that jump and volumes that are lost. The passes are the real ones (app::pass with plan, ledger, records and the
// certificate folder); only the CA, the NAS, the disk, the clock and who is told are simulated.
// SIDECERT_YEARS sets how many years in all, SIDECERT_YEARS_EACH how long a container lives, SIDECERT_FIRST_SEED which one
// is the first; SIDECERT_SEED replays one container with its log. Four in a row have certificates of four lives, the first
// of them of 160 hours.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "simulation/container.h"

namespace sidecert::simulation {
namespace {

TEST(QuietDay, WritesLittle) {
  const Container::Quiet day = Container(3, false).quietDay();
  fmt::print("a quiet day: {} passes, {} octets written\n", day.passes, day.octets);
  EXPECT_LE(day.passes, 2);
  EXPECT_LT(day.octets, 256'000U);
}

long numberFrom(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atol(text);
}

#ifdef SIDECERT_SANITIZED
constexpr long kYears = 2;  // half a minute each
constexpr long kYearsEach = 1;
#else
constexpr long kYears = 80;
constexpr long kYearsEach = 10;
#endif

TEST(YearsInSeconds, NoCertificateLapsesNoLimitIsExceededAndNothingStorms) {
  const long seed = numberFrom("SIDECERT_SEED", -1);
  const long each = numberFrom("SIDECERT_YEARS_EACH", kYearsEach);
  const long years = seed >= 0 ? each : numberFrom("SIDECERT_YEARS", kYears);
  const long containers = std::max(1L, years / each);
  const long first = seed >= 0 ? seed : numberFrom("SIDECERT_FIRST_SEED", 1);
  Tally all;
  for (long i = 0; i < containers; ++i) {
    const Tally one = Container(static_cast<std::uint64_t>(first + i), seed >= 0).live(static_cast<int>(each));
    all.passes += one.passes;
    all.orders += one.orders;
    all.certificates += one.certificates;
    all.imports += one.imports;
    all.kills += one.kills;
    all.wipes += one.wipes;
    all.lapses += one.lapses;
    all.messages += one.messages;
    all.most_attempts = std::max(all.most_attempts, one.most_attempts);
    for (const std::string& what : one.wrong) ADD_FAILURE() << what;
  }
  fmt::print(
      "{} years in {} containers (seeds {} to {}): {} passes, {} attempts, {} certificates, {} imports, {} messages, {} "
      "kills, {} volumes lost, {} lapses (none while there was a way), at most {} attempts in a day\n",
      containers * each, containers, first, first + containers - 1, all.passes, all.orders, all.certificates, all.imports,
      all.messages, all.kills, all.wipes, all.lapses, all.most_attempts);
  EXPECT_GT(all.certificates, containers * each);
}

}  // namespace
}  // namespace sidecert::simulation
