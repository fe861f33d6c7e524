#include <fmt/format.h>

#include <algorithm>

#include "app/plan/deploy_window.h"
#include "app/plan/facts.h"
#include "app/plan/nas_facts.h"
#include "app/plan/trouble.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace sidecert::app {
namespace {

constexpr double kNoDraw = 0;  // the earliest moment of what a pass will draw

/// The facts about one certificate.
class CertificateJudge {
 public:
  CertificateJudge(const config::CertificateSettings& wanted, const View& seen, TimePoint now, std::vector<Fact>& facts)
      : wanted_(wanted), seen_(seen), record_(seen.record), now_(now), facts_(facts) {}

  void judge() {
    if (seen_.unreadable) {
      add(FactKind::Unreadable, Severity::Alarm, "what is remembered of it cannot be read, so nothing is done for it",
          *seen_.unreadable)
          .value = Fact::kOwner;
      return;
    }
    plan_ = plan(wanted_, {seen_.current, record_, seen_.ledger}, now_, kNoDraw);
    if (!seen_.current) return missing();
    revoked();
    deadline();
    renewal();
    advice();
    dns();
    if (wanted_.targets.empty()) issued();
  }

 private:
  Fact& add(FactKind kind, Severity severity, std::string headline, std::string what = {}, std::string mend = {}) {
    facts_.push_back({.kind = kind,
                      .certificate = wanted_.title(),
                      .subject = wanted_.subject(),
                      .severity = severity,
                      .headline = std::move(headline),
                      .what = std::move(what),
                      .mend = std::move(mend)});
    return facts_.back();
  }
  Fact& add(FactKind kind, Severity severity, std::string headline, const Error& error) {
    return add(kind, severity, std::move(headline), error.what, error.hint);
  }

  void missing() {
    const Attempts& tries = record_.issuing;
    const bool often = worthTelling(tries);
    const bool owner = tries.last_error && onlyOwnerMends(*tries.last_error);
    Fact& fact = tries.last_error
                     ? add(FactKind::NoCertificate, often ? Severity::Alarm : Severity::Warning,
                           "there is no certificate yet", *tries.last_error)
                     : add(FactKind::NoCertificate, Severity::Warning, "there is no certificate yet", plan_.held_reason);
    fact.value = owner ? Fact::kOwner : often ? "failing" : "first";
    fact.next_try = tries.last_error ? tries.next : plan_.held_until;
  }

  void revoked() {
    if (!record_.revoked || record_.leaf != seen_.current->sha256) return;
    Fact& fact = add(FactKind::Revoked, Severity::Alarm, "the certificate was revoked",
                     fmt::format("It was revoked at {}; a new one is due at once", toWords(*record_.revoked)));
    fact.value = seen_.current->sha256;
    fact.next_try = record_.issuing.next.value_or(now_);
  }

  void deadline() {
    const Current& current = *seen_.current;
    const Deadline deadline = deadlineOf(current.not_before, current.not_after, now_);
    if (deadline == Deadline::Far) return;
    const bool passed = deadline == Deadline::Passed;
    Fact& fact =
        add(FactKind::Expiring, Severity::Alarm,
            passed ? std::string("the certificate has expired") : fmt::format("{} left", toWords(current.not_after - now_)),
            fmt::format("The certificate {} at {}, and no new one was obtained{}", passed ? "ended" : "ends",
                        toWords(current.not_after),
                        record_.issuing.last_error ? ": " + record_.issuing.last_error->what : std::string()),
            record_.issuing.last_error ? record_.issuing.last_error->hint : std::string());
    fact.value = passed ? "passed" : deadline == Deadline::VeryNear ? "very-near" : "near";
    fact.next_try = record_.issuing.next;
  }

  void renewal() {
    const Attempts& tries = record_.issuing;
    if (tries.last_error && tries.failures > 0) {
      const bool owner = onlyOwnerMends(*tries.last_error);
      const Severity severity = !worthTelling(tries) ? Severity::Note : owner ? Severity::Alarm : Severity::Warning;
      Fact& fact = add(FactKind::RenewalFailing, severity, "the renewal fails", *tries.last_error);
      fact.what += fmt::format("; the certificate in use is valid until {}", toWords(seen_.current->not_after));
      fact.value = owner ? Fact::kOwner : "failing";
      fact.next_try = tries.next;
    } else if (!plan_.held_reason.empty()) {
      Fact& fact = add(FactKind::OrderHeld, Severity::Note, "a new certificate is due, but not ordered yet",
                       fmt::format("It is due because {}; {}", plan_.order_reason, plan_.held_reason));
      fact.value = plan_.held_reason;
      fact.next_try = plan_.held_until;
    }
  }

  void advice() {
    if (!record_.renewal.window || record_.renewal.window->explanation_url.empty()) return;
    const std::string& page = record_.renewal.window->explanation_url;
    Fact& fact = add(FactKind::CaAdvice, Severity::News, "the CA asks for a renewal",
                     fmt::format("It explains why at {}. Nothing is to be done: the renewal is planned for {}", page,
                                 record_.renewal.at ? toWords(*record_.renewal.at) : "soon"));
    fact.value = page;
  }

  void dns() {
    const Attempts& looks = record_.dns;
    if (!looks.last_error || looks.failures == 0) return;
    Fact& fact = add(FactKind::DnsAtRisk, worthTelling(looks) ? Severity::Warning : Severity::Note,
                     "a renewal would fail at the DNS provider", *looks.last_error);
    if (record_.renewal.at) fact.what += fmt::format("; the renewal is planned for {}", toWords(*record_.renewal.at));
    fact.value = onlyOwnerMends(*looks.last_error) ? Fact::kOwner : "failing";
    fact.next_try = looks.next;
  }

  void issued() {
    Fact& fact = add(FactKind::Issued, Severity::News, "a certificate was issued",
                     fmt::format("It is for {}, valid until {}. No NAS is set, so it is kept as files",
                                 join(seen_.current->names, ", "), toWords(seen_.current->not_after)));
    fact.value = seen_.current->sha256;
    fact.since = record_.issued;
  }

  const config::CertificateSettings& wanted_;
  const View& seen_;
  const Record& record_;
  TimePoint now_;
  std::vector<Fact>& facts_;
  Plan plan_;
};

Fact wrongSettings(const std::vector<std::string>& faults) {
  return {.kind = FactKind::WrongSettings,
          .severity = Severity::Alarm,
          .headline = "the settings have faults, so nothing is done",
          .what = join(faults, "; "),
          .mend = "set the variables right; they are read again every hour, at a restart, or when a file they name changes",
          .value = hex(crypto::sha256(join(faults, "\n"))).substr(0, 16)};
}

}  // namespace

std::vector<Fact> judge(const config::Settings* settings, const std::vector<std::string>& faults,
                        const Remembered& remembered, TimePoint now) {
  std::vector<Fact> facts;
  if (!faults.empty()) facts.push_back(wrongSettings(faults));
  if (remembered.unusable) {
    facts.push_back({.kind = FactKind::FolderUnusable,
                     .severity = Severity::Alarm,
                     .headline = "the data folder cannot be used, so nothing is ordered",
                     .what = remembered.unusable->what,
                     .mend = remembered.unusable->hint,
                     .value = std::string(Fact::kOwner)});
  } else if (settings != nullptr) {
    for (const config::CertificateSettings& wanted : settings->certificates) {
      const auto found = std::ranges::find(remembered.certificates, wanted.title(), &View::title);
      const View nothing{.title = wanted.title(), .current = std::nullopt, .record = {}, .ledger = {}};
      const View& seen = found == remembered.certificates.end() ? nothing : *found;
      CertificateJudge(wanted, seen, now, facts).judge();
      if (!seen.unreadable) judgeTargets(wanted, seen, remembered, now, facts);
    }
  }
  for (Fact& fact : facts) {
    const auto known = remembered.since.find(fact.key());
    if (!fact.since) fact.since = known == remembered.since.end() ? now : known->second;
  }
  // Two certificates on one NAS share its login.
  std::vector<Fact> each;
  for (Fact& fact : facts) {
    if (!std::ranges::contains(each, fact.key(), &Fact::key)) each.push_back(std::move(fact));
  }
  return each;
}

}  // namespace sidecert::app
