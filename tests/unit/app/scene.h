// How things stand where all is well, for tests that spoil one of them.
#pragma once

#include <chrono>

#include "app/report/health.h"
#include "support/manual_clock.h"

namespace sidecert::app {

using testing::kTestStart;

inline constexpr const char* kNas = "localhost:5000";

/// A certificate of 90 days, ten days old, on one NAS that serves it.
struct Scene {
  Scene() {
    config::CertificateSettings home;
    home.names = {"home.example"};
    home.servers = {"https://ca.example/dir"};
    home.targets = {config::NasSettings{}};
    settings.certificates = {home};
    seen.record.leaf = "abcd";
    seen.record.names = {"home.example"};
    seen.record.directory = "https://ca.example/dir";
    seen.record.issued = kTestStart - std::chrono::days(10);
    seen.record.renewal.at = kTestStart + std::chrono::days(50);
    seen.record.targets[kNas] = {.sha256 = "abcd",
                                 .deployed = kTestStart,
                                 .verified = kTestStart,
                                 .proof = dsm::Proof::Served,
                                 .proof_detail = "seen at localhost:5001",
                                 .services = {"DSM Desktop Service"},
                                 .check = kTestStart + std::chrono::days(1),
                                 .attempts = {}};
  }
  Target& target() { return seen.record.targets[kNas]; }
  config::NasSettings& nas() { return settings.certificates.front().targets.front(); }

  [[nodiscard]] Standing standing() const {
    Standing all{.settings = settings, .faults = faults, .at = now};
    if (!faults.empty()) all.settings.reset();
    all.remembered.unusable = unusable;
    all.remembered.certificates = {seen};
    all.remembered.logins = logins;
    all.facts = judge(all.settings ? &*all.settings : nullptr, all.faults, all.remembered, now);
    return all;
  }

  config::Settings settings;
  std::vector<std::string> faults;
  View seen{.title = "home.example",
            .current = Current{.names = {"home.example"},
                               .not_before = kTestStart - std::chrono::days(10),
                               .not_after = kTestStart + std::chrono::days(80),
                               .sha256 = "abcd",
                               .key_type = "EC P-256"},
            .record = {},
            .ledger = {}};
  std::optional<Error> unusable;
  std::map<std::string, LoginMemory> logins;
  TimePoint now = kTestStart;
};

inline Attempts failed(int times, ErrorCode code) {
  return {.failures = times,
          .next = kTestStart + std::chrono::hours(1),
          .last_success = std::nullopt,
          .last_failure = kTestStart,
          .last_error = Error{.code = code, .what = "it said no", .hint = "say please"},
          .settings = {}};
}

}  // namespace sidecert::app
