#include "app/plan/nas_facts.h"

#include <fmt/format.h>

#include "app/plan/deploy_window.h"
#include "app/plan/trouble.h"
#include "base/text.h"

namespace sidecert::app {
namespace {

constexpr std::chrono::days kTokenAtRisk{21};  // a device token not used for a month was seen to die
constexpr std::string_view kWhereUsed = "Control Panel > Security > Certificate > Settings";

class TargetJudge {
 public:
  TargetJudge(const config::CertificateSettings& wanted, const config::NasSettings& nas, const View& seen, TimePoint now,
              std::vector<Fact>& facts)
      : wanted_(wanted), nas_(nas), seen_(seen), now_(now), facts_(facts) {
    const auto found = seen.record.targets.find(targetKey(nas));
    if (found != seen.record.targets.end()) target_ = &found->second;
  }

  void judge() {
    if (!seen_.current) {
      if (target_->attempts.last_error) failing(FactKind::NotDeployed, "the NAS cannot be given a certificate");
      return;
    }
    if (target_->sha256 != seen_.current->sha256) return notDeployed();
    if (target_->attempts.last_error)
      failing(FactKind::LookFailing, "the certificate is there, but the regular look at DSM fails");
    if (target_->deployed) there();
  }

 private:
  Fact& add(FactKind kind, Severity severity, std::string headline, std::string what, std::string mend = {}) {
    facts_.push_back({.kind = kind,
                      .certificate = wanted_.title(),
                      .nas = targetKey(nas_),
                      .subject = wanted_.subject() + ", " + nas_.title(),
                      .severity = severity,
                      .headline = std::move(headline),
                      .what = std::move(what),
                      .mend = std::move(mend)});
    return facts_.back();
  }

  void failing(FactKind kind, std::string headline) {
    const Attempts& tries = target_->attempts;
    // DSM is asked once a day at most after a refusal, so the first one counts.
    const bool refused = tries.last_error->code == ErrorCode::Refused;
    const bool never = !target_->deployed;
    const Severity severity = worthTelling(tries) || refused ? Severity::Alarm : never ? Severity::Warning : Severity::Note;
    Fact& fact = add(kind, severity, std::move(headline), tries.last_error->what, tries.last_error->hint);
    fact.value = refused || onlyOwnerMends(*tries.last_error) ? Fact::kOwner : worthTelling(tries) ? "failing" : "first";
    fact.next_try = tries.next;
  }

  void notDeployed() {
    if (target_->attempts.last_error) return failing(FactKind::NotDeployed, "the NAS cannot be given the certificate");
    const Current& current = *seen_.current;
    const TimePoint opens = deployNotBefore(nas_, seen_.record, current.sha256,
                                            seen_.record.issued.value_or(current.not_before), current.not_after, now_);
    if (opens > now_) {
      Fact& fact = add(FactKind::WaitsForWindow, Severity::Note, "the certificate waits for SYNO_DEPLOY_WINDOW",
                       "The NAS gets it when the window opens");
      fact.next_try = opens;
      fact.value = current.sha256;
    } else {
      add(FactKind::NotDeployed, target_->deployed ? Severity::Note : Severity::Warning,
          "the NAS has not got the certificate yet", "It is due now")
          .value = "due";
    }
  }

  /// Done means used and seen.
  void there() {
    if (!target_->not_moved.empty())
      add(FactKind::NotMoved, Severity::Note, "some services stay with another certificate",
          "SYNO_SERVICES names what could not be moved: " + join(target_->not_moved, ", "),
          fmt::format("choose the certificate for them in DSM: {}", kWhereUsed))
          .value = join(target_->not_moved, ",");
    if (target_->services.empty()) return unused();
    switch (target_->proof) {
      case dsm::Proof::Served: return deployed("DSM was seen serving it");
      case dsm::Proof::NotUsed: return unused();
      case dsm::Proof::NotServedYet: return notServed(Severity::Note, "first");
      case dsm::Proof::NotServed: return notServed(Severity::Alarm, "lasting");
      case dsm::Proof::NotReachable:
        add(FactKind::NotSeen, Severity::Note, "whether the NAS serves the certificate cannot be looked at from here",
            target_->proof_detail, "set SYNO_HTTPS_PORT to the port where DSM serves https")
            .value = target_->proof_detail;
        return deployed("It could not be looked at from here");
    }
  }

  void unused() {
    add(FactKind::Unused, Severity::Alarm, "DSM has the certificate, but nothing on the NAS uses it",
        "DSM lists it; no service, no page and no reverse-proxy host is assigned to it",
        fmt::format("choose it for the services in DSM: {}; or set SYNO_SERVICES=default, then restart the container",
                    kWhereUsed))
        .value = seen_.current->sha256;
  }

  /// It is imported once more first, which makes DSM start its web server anew; an alarm when that did not help.
  void notServed(Severity severity, std::string value) {
    Fact& fact =
        add(FactKind::NotServed, severity, "DSM lists the certificate, but does not serve it", target_->proof_detail,
            fmt::format("look at {}, and let DSM start its web server anew (restart the NAS)", kWhereUsed));
    fact.value = std::move(value);
    fact.next_try = target_->check;
  }

  void deployed(std::string_view proof) {
    Fact& fact = add(FactKind::Deployed, Severity::News, "the NAS has the new certificate",
                     fmt::format("It is valid until {}. {}. Used by: {}", toWords(seen_.current->not_after), proof,
                                 join(target_->services, ", ")));
    fact.value = seen_.current->sha256;
    fact.since = target_->deployed;
  }

  static inline const Target kUnknown;

  const config::CertificateSettings& wanted_;
  const config::NasSettings& nas_;
  const View& seen_;
  TimePoint now_;
  std::vector<Fact>& facts_;
  const Target* target_ = &kUnknown;
};

void judgeLogin(const config::NasSettings& nas, const Remembered& remembered, TimePoint now, std::vector<Fact>& facts) {
  const auto login = remembered.logins.find(targetKey(nas));
  if (login == remembered.logins.end() || !nas.totp_secret.empty()) return;
  const auto& [by_token, proved] = login->second;
  if (!by_token || !proved || now - *proved < kTokenAtRisk) return;
  facts.push_back({.kind = FactKind::TokenAtRisk,
                   .nas = targetKey(nas),
                   .subject = nas.title(),
                   .severity = Severity::Warning,
                   .headline = "the device token may die",
                   .what = fmt::format("It was last accepted at {}; DSM was seen to forget tokens not used for a month",
                                       toWords(*proved)),
                   .mend = "set SYNO_TOTP_SECRET, or let Sidecert run all the time",
                   .value = "unused"});
}

}  // namespace

void judgeTargets(const config::CertificateSettings& wanted, const View& seen, const Remembered& remembered, TimePoint now,
                  std::vector<Fact>& facts) {
  for (const config::NasSettings& nas : wanted.targets) {
    TargetJudge(wanted, nas, seen, now, facts).judge();
    judgeLogin(nas, remembered, now, facts);
  }
}

}  // namespace sidecert::app
