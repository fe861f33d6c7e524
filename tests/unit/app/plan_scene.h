// One certificate in good order, seen on the first of March, for tests of what is due.
#pragma once

#include <optional>

#include "app/plan/plan.h"

namespace sidecert::app {

inline constexpr TimePoint kPlanToday = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

inline config::CertificateSettings oneCertificate() {
  config::CertificateSettings wanted;
  wanted.names = {"home.example", "*.home.example"};
  wanted.servers = {"https://ca.example/dir"};
  wanted.providers = {{.zone = "", .provider = "dns_cf"}};
  return wanted;
}

inline config::CertificateSettings settingsWithNas() {
  config::CertificateSettings wanted = oneCertificate();
  config::NasSettings nas;
  nas.username = "u";
  nas.password = Secret("p");
  wanted.targets.push_back(nas);
  return wanted;
}

inline Current current() {
  return {.names = {"*.home.example", "home.example"},
          .not_before = kPlanToday - std::chrono::days(10),
          .not_after = kPlanToday + std::chrono::days(80),
          .sha256 = "aa",
          .key_type = "EC P-256"};
}

inline Record record() {
  Record known;
  known.leaf = "aa";
  known.directory = "https://ca.example/dir";
  known.renewal.at = kPlanToday + std::chrono::days(50);
  known.renewal.ask_again = kPlanToday + std::chrono::hours(6);
  recordDnsSeen(known, oneCertificate(), kPlanToday);
  return known;
}

inline Plan plan(const config::CertificateSettings& wanted, const std::optional<Current>& kept, const Record& known,
                 TimePoint now) {
  return plan(wanted, Known{.current = kept, .record = known, .ledger = {}}, now, 0.5);
}

}  // namespace sidecert::app
