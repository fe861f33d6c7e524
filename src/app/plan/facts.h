// What is so now and matters to the owner: one list, from which log, health, status, page, messages and exit codes are
// drawn. Nothing else decides what is wrong. Pure.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/plan/plan.h"
#include "app/plan/record.h"
#include "config/settings.h"

namespace sidecert::app {

enum class Severity {
  News,     // something went well: told once
  Note,     // shown, not told: it passes by itself, or nothing is to be done
  Warning,  // unhealthy and told
  Alarm,    // the same, and the owner is needed soon
};
[[nodiscard]] std::string_view toString(Severity);  // "news", "note", "warning", "alarm"

enum class FactKind {
  WrongSettings,
  FolderUnusable,
  Unreadable,
  NoCertificate,
  RenewalFailing,
  OrderHeld,
  Expiring,
  Revoked,
  CaAdvice,
  DnsAtRisk,
  NotDeployed,
  WaitsForWindow,
  LookFailing,
  Unused,
  NotServed,
  NotSeen,
  NotMoved,
  TokenAtRisk,
  Deployed,
  Issued,
};
inline constexpr std::size_t kFactKinds = static_cast<std::size_t>(FactKind::Issued) + 1;

/// What is fixed for a kind, whatever it is about.
struct FactWords {
  FactKind kind;
  std::string_view key;    // first part of Fact::key
  std::string_view event;  // docs/notifications.md
  std::string_view over;   // what is said when it has gone; empty: nothing
};
[[nodiscard]] const FactWords& wordsOf(FactKind);

struct Fact {
  FactKind kind;
  std::string certificate = {};  // name of its folder; empty when it is not about one
  std::string nas = {};          // targetKey; empty when it is not about one
  std::string subject = {};      // what it is about, for people: "home.example, NAS attic (attic.lan:5001)"
  Severity severity;
  std::string headline;   // "the renewal fails"
  std::string what;       // one sentence without its full stop; empty when the headline says it all
  std::string mend = {};  // what the owner can do; empty: nothing is to be done
  std::optional<TimePoint> since = std::nullopt;
  std::optional<TimePoint> next_try = std::nullopt;
  std::string value = {};  // a change of it makes it another fact; counts and times are not in it

  /// Which fact this is: "nas/home.example/localhost:5000".
  [[nodiscard]] std::string key() const;
  /// "home.example: the renewal fails".
  [[nodiscard]] std::string title() const;
  /// Only the owner can mend it.
  [[nodiscard]] bool needsOwner() const { return value == kOwner; }

  static constexpr std::string_view kOwner = "owner";
};

/// What is known of one certificate: on disk and in its record.
struct View {
  std::string title;
  std::optional<Current> current;
  Record record;
  Ledger ledger;                                   // of all certificates
  std::optional<Error> unreadable = std::nullopt;  // then nothing else of it is known
};

/// What decides whether the login at a NAS may die.
struct LoginMemory {
  bool by_token = false;
  std::optional<TimePoint> token_proved;
};

/// What passes saved.
struct Remembered {
  std::optional<Error> unusable = std::nullopt;  // the data folder
  std::vector<View> certificates = {};
  std::map<std::string, LoginMemory> logins = {};  // by targetKey
  std::map<std::string, TimePoint> since = {};     // when a fact was first judged, by its key
};

/// @param settings  null when they have faults  @param faults  of the settings
[[nodiscard]] std::vector<Fact> judge(const config::Settings* settings, const std::vector<std::string>& faults,
                                      const Remembered&, TimePoint now);

/// Note when there is no fact at all.
[[nodiscard]] Severity worstOf(const std::vector<Fact>&);
/// No fact is at or above Warning.
[[nodiscard]] bool isHealthy(const std::vector<Fact>&);

}  // namespace sidecert::app
