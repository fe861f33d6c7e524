// One container, its disk, its CA and its two NAS, and all that happens to them.
#pragma once

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "app/pass/pass.h"
#include "simulation/memory_disk.h"
#include "simulation/partners.h"
#include "simulation/surroundings.h"
#include "support/manual_clock.h"
#include "support/no_resolver.h"

namespace sidecert::simulation {

using sidecert::testing::ManualClock;
using sidecert::testing::NoResolver;
using std::chrono::days;
inline constexpr TimePoint kBirth = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
inline constexpr std::array<Duration, 4> kLives{160h, days(45), days(64), days(90)};
inline constexpr std::size_t kMostAttemptsADay = 60;  // for each certificate; 40 as one of 160 hours nears its end
inline constexpr std::size_t kMostImportsADay = 24;   // of all certificates on all NAS
inline constexpr std::size_t kMostMessagesADay = 40;
inline constexpr Duration kNoticedAndReplaced = std::chrono::hours(60);  // the CA is asked for its advice once a day

struct Tally {
  long passes = 0, orders = 0, certificates = 0, imports = 0, kills = 0, wipes = 0, lapses = 0, most_attempts = 0,
       messages = 0;
  std::vector<std::string> wrong;
};

class Container {
 public:
  Container(std::uint64_t seed, bool loud)
      : seed_(seed),
        chance_(seed),
        life_(kLives.at((seed - 1) % kLives.size())),
        clock_(kBirth),
        ca_(situation_, disk_, chance_, life_, [this](Duration taken) { passTime(taken); }),
        narrator_(situation_, loud) {
    situation_.now = kBirth;
    // Two certificates, two NAS: one has both, the other one of them.
    settings_.certificates = {certificateFor({"home.example", "*.home.example"}, {"attic", "cellar"}),
                              certificateFor({"shop.example"}, {"cellar"})};
    settings_.notify_urls = {Secret("ntfy://topic")};
  }

  static config::CertificateSettings certificateFor(std::vector<std::string> names, const std::vector<std::string>& hosts) {
    config::CertificateSettings certificate;
    certificate.names = std::move(names);
    certificate.servers = {"https://acme-v02.api.letsencrypt.org/directory"};
    certificate.providers = {{.zone = "", .provider = "dns_nsupdate"}};
    for (const std::string& host : hosts) {
      config::NasSettings nas;
      nas.host = host;
      nas.username = "u";
      nas.password = Secret("p");
      certificate.targets.push_back(std::move(nas));
    }
    return certificate;
  }

  Tally live(int years) {
    const TimePoint end = kBirth + days(365) * years;
    for (Trouble* trouble : troubles()) trouble->begin(situation_.now, chance_);
    path_since_ = situation_.now;
    passOnce();
    while (situation_.now < end && tally_.wrong.empty()) {
      const bool asleep = down_.on();
      const TimePoint wake = asleep ? end : std::max(situation_.now + 1s, wake_ - clock_offset_);
      const TimePoint before = clock_.now();
      moveTo(std::min({wake, nextTrouble(), end}));
      // What ends a wait: its time, a clock that was set back, or the process is started anew.
      const bool set_back = clock_.now() + 1h < before;
      if (!down_.on() && (clock_.now() >= wake_ || set_back || started_anew_ || asleep)) passOnce();
    }
    tally_.orders = ca_.attempts();
    tally_.certificates = ca_.issued();
    for (const auto& [host, nas] : nas_) tally_.imports += nas.imports();
    tally_.messages = static_cast<long>(sender_.sent);
    for (const std::string& limit : ca_.limitsExceeded()) wrong("limit exceeded: " + limit);
    return tally_;
  }

  struct Quiet {
    std::size_t octets;
    long passes;
  };
  /// What a day costs on which nothing is due but the CA's advice.
  Quiet quietDay() {
    passOnce();
    const std::size_t before = disk_.octetsWritten();
    const long passes = tally_.passes;
    for (const TimePoint end = situation_.now + days(5); situation_.now < end;) {
      situation_.now = wake_;
      clock_.jumpTo(wake_);
      passOnce();
    }
    return {.octets = (disk_.octetsWritten() - before) / 5, .passes = (tally_.passes - passes) / 5};
  }

 private:
  std::array<Trouble*, 15> troubles() {
    return {&ca_down_,     &dns_wrong_,   &attic_off_,   &cellar_off_, &cellar_shows_old_,
            &attic_raves_, &attic_empty_, &sender_away_, &owner_,      &down_,
            &clock_wrong_, &restart_,     &storm_,       &wipe_,       &incident_};
  }

  TimePoint nextTrouble() {
    TimePoint soonest = TimePoint::max();
    for (const Trouble* trouble : troubles()) soonest = std::min(soonest, trouble->next());
    return soonest;
  }

  /// One start of the process, and as many more as kills make of it.
  void passOnce() {
    while (true) {
      ++tally_.passes;
      const int before = ca_.attempts();
      try {
        if (std::uniform_int_distribution<int>(1, 200)(chance_) == 1)
          disk_.dieAfter(std::uniform_int_distribution<int>(0, 40)(chance_));
        const app::PassResult outcome = app::pass(settings_, world(), app::Force::No);
        disk_.revive();
        noteWhatHappened(before);
        // A wait never ends before the eleventh second of life.
        wake_ = std::max(outcome.wake, clock_.now() + 11s);
        return;
      } catch (const Killed&) {
        ++tally_.kills;
        disk_.revive();
        noteWhatHappened(before);
      }
    }
  }

  void passTime(Duration taken) {
    situation_.now += taken;
    clock_.jumpTo(situation_.now + clock_offset_);
  }

  app::World world() {
    return {.resolver = resolver_,
            .draw = [this] { return std::uniform_real_distribution<double>(0, 1)(chance_); },
            .ports = {clock_, http_, disk_, Log(narrator_), {}},
            .sender = &sender_,
            .outside = {.obtain = [this](const auto& request, auto& accounts, auto& orders, auto&,
                                         const auto&) { return ca_.obtain(request, accounts, orders); },
                        .renewal_advice = [this](const auto&, const auto& leaf, const auto&) { return ca_.advice(leaf); },
                        .revoked = [this](const auto& chain, const auto&) { return ca_.revoked(chain.front()); },
                        .look_at_dns = [this](const auto&, const auto&) -> Result<> {
                          if (situation_.dns_right) return {};
                          return fail(ErrorCode::Unreachable, "the DNS provider is away");
                        },
                        .deploy = [this](const auto& nas, auto& state, const auto& material,
                                         const auto&) { return nas_.at(nas.host).deploy(state, material); },
                        .inspect = [this](const auto& nas, auto&, const auto&) { return nas_.at(nas.host).inspect(); }},
            .side_by_side = 1};
  }

  void noteWhatHappened(int attempts_before) {
    long imports = 0;
    for (const auto& [host, nas] : nas_) imports += nas.imports();
    const auto sent = static_cast<long>(sender_.sent);
    const std::size_t messages = messages_.add(sent - messages_seen_, situation_.now);
    if (messages > kMostMessagesADay) wrong(fmt::format("{} messages in a day", messages));
    const std::size_t imported = imports_.add(imports - imports_seen_, situation_.now);
    if (imported > kMostImportsADay) wrong(fmt::format("a storm: {} imports in a day", imported));
    const std::size_t attempts = attempts_.add(ca_.attempts() - attempts_before, situation_.now);
    tally_.most_attempts = std::max(tally_.most_attempts, static_cast<long>(attempts));
    if (attempts > kMostAttemptsADay * settings_.certificates.size())
      wrong(fmt::format("a storm: {} attempts in a day", attempts));
    messages_seen_ = sent;
    imports_seen_ = imports;
  }

  void moveTo(TimePoint when) {
    checkLapse(when);
    situation_.now = std::max(when, situation_.now);
    started_anew_ = false;
    for (Trouble* trouble : troubles()) {
      if (!trouble->advance(situation_.now, chance_)) continue;
      if (trouble == &clock_wrong_) chooseClock();
      if (trouble == &restart_) started_anew_ = true;
    }
    clock_.jumpTo(situation_.now + clock_offset_);
    attic_ = {.on = !attic_off_.on(), .serves = true, .lists = !attic_raves_.on(), .lists_nothing = attic_empty_.on()};
    cellar_ = {.on = !cellar_off_.on(), .serves = !cellar_shows_old_.on()};
    sender_.away = sender_away_.on();
    if (owner_.on()) {
      owner_.advance(owner_.next(), chance_);
      nas_.at("cellar").changeSomething();
    }
    if (incident_.on() != situation_.incident.has_value()) {
      situation_.incident = incident_.on() ? std::optional(situation_.now) : std::nullopt;
      // Now and then what the CA wants replaced is taken back as well.
      if (incident_.on() && std::uniform_int_distribution<int>(1, 2)(chance_) == 1) situation_.revoked = situation_.now;
    }
    situation_.dns_right = !dns_wrong_.on();
    situation_.clock_right = std::chrono::abs(clock_offset_) < days(30);
    if (situation_.ca_up == ca_down_.on()) {
      situation_.ca_up = !ca_down_.on();
      const bool polite = std::uniform_int_distribution<int>(0, 1)(chance_) == 1;
      situation_.ca_retry_after =
          polite ? std::optional(std::chrono::seconds(std::uniform_int_distribution<int>(60, 43'200)(chance_)))
                 : std::nullopt;
    }
    if (storm_.on() && !down_.on()) {
      storm_.advance(storm_.next(), chance_);
      for (int i = 0; i < 50 && tally_.wrong.empty(); ++i) passOnce();
    }
    if (wipe_.on()) {
      wipe_.advance(wipe_.next(), chance_);
      disk_.wipe();
      ++tally_.wipes;
      // A NAS that is off cannot tell that it has the certificate already.
      if (std::uniform_int_distribution<int>(1, 2)(chance_) == 1) {
        if (!attic_off_.on()) attic_off_.advance(attic_off_.next(), chance_);
        attic_.on = false;
      }
    }
    const bool nas_well = attic_.on && attic_.lists && !attic_.lists_nothing && cellar_.on && cellar_.serves;
    const bool path = situation_.ca_up && situation_.dns_right && nas_well && situation_.clock_right && !down_.on();
    if (!path) {
      path_since_.reset();
    } else if (!path_since_) {
      path_since_ = situation_.now;
    }
  }

  void chooseClock() {
    constexpr std::array<Duration, 6> kOffsets{days(1), -days(1), days(3650), -days(3650), days(30), Duration(2h)};
    clock_offset_ = clock_wrong_.on() ? kOffsets.at(std::uniform_int_distribution<std::size_t>(0, 5)(chance_)) : Duration{0};
  }

  /// Did what a NAS shows expire between now and `until`, and could it have been renewed?
  void checkLapse(TimePoint until) {
    for (const auto& [host, nas] : nas_) {
      for (const auto& [name, served] : nas.served()) {
        checkLapse(host + " " + name, served, until);
        checkRevoked(host + " " + name, served, until);
      }
    }
  }

  void checkLapse(const std::string& where, const SimulatedNas::Served& served, TimePoint until) {
    if (served.not_after > until || served.sha256 == lapsed_[where]) return;
    lapsed_[where] = served.sha256;
    ++tally_.lapses;
    const Duration life = served.not_after - served.not_before;
    const TimePoint due = served.not_before + (life < days(10) ? life / 2 : life * 2 / 3);
    const TimePoint since = path_since_ ? std::max(*path_since_, due) : served.not_after;
    const Duration enough = std::min<Duration>(26h, life / 8);
    if (served.not_after - since > enough)
      wrong(fmt::format("{} lapsed at {} although all was well since {}", where, toIso(served.not_after), toIso(since)));
  }

  /// Is what the CA took back still shown, although all was well for long enough to notice and to replace it?
  void checkRevoked(const std::string& where, const SimulatedNas::Served& served, TimePoint until) {
    if (!situation_.revoked || served.not_before + kDatedBack >= *situation_.revoked || served.not_after < until) return;
    if (served.sha256 == SimulatedNas::kOwners || !path_since_) return;
    const TimePoint since = std::max(*path_since_, *situation_.revoked);
    if (until - since > kNoticedAndReplaced)
      wrong(fmt::format("{} still shows what was revoked at {} although all was well since {}", where,
                        toIso(*situation_.revoked), toIso(since)));
  }

  void wrong(const std::string& what) { tally_.wrong.push_back(fmt::format("{} (replay: SIDECERT_SEED={})", what, seed_)); }

  std::uint64_t seed_;
  std::mt19937_64 chance_;
  Duration life_;
  Situation situation_;
  MemoryDisk disk_;
  ManualClock clock_;
  NoHttp http_;
  NoResolver resolver_;
  SimulatedCa ca_;
  NasSituation attic_, cellar_;
  std::map<std::string, SimulatedNas> nas_{{"attic", SimulatedNas(attic_, disk_, chance_)},
                                           {"cellar", SimulatedNas(cellar_, disk_, chance_)}};
  Postman sender_;
  Narrator narrator_;
  config::Settings settings_;
  Trouble ca_down_{days(40), 8h}, dns_wrong_{days(90), 36h}, attic_off_{days(60), 36h}, cellar_off_{days(80), 24h},
      cellar_shows_old_{days(120), 12h}, attic_raves_{days(150), 6h}, owner_{days(40), 1min}, incident_{days(250), 24h},
      attic_empty_{days(170), 6h}, sender_away_{days(60), 24h}, down_{days(200), 48h}, clock_wrong_{days(200), 12h},
      restart_{days(6), 1min}, storm_{days(120), 1min}, wipe_{days(500), 1min};
  Duration clock_offset_{0};
  TimePoint wake_;  // by the container's clock
  bool started_anew_ = false;
  std::optional<TimePoint> path_since_;
  LastDay attempts_, imports_, messages_;
  long imports_seen_ = 0, messages_seen_ = 0;
  std::map<std::string, std::string> lapsed_;
  Tally tally_;
};

}  // namespace sidecert::simulation
