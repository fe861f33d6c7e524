#include "app/announce.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/outbox.h"
#include "app/target_memory.h"
#include "app/trouble.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

using notify::Severity;

constexpr std::chrono::days kTokenAtRisk{21};  // a device token not used for a month was seen to die

std::string story(const Attempts& attempts) {
  std::string text = attempts.last_error->what + ".";
  if (!attempts.last_error->hint.empty()) text += "\nTo mend it: " + attempts.last_error->hint + ".";
  if (attempts.next) text += "\nNext try: " + toWords(*attempts.next) + ".";
  return text;
}

class Facts {
 public:
  Facts(const std::map<std::string, dsm::TargetState>& logins, TimePoint now) : logins_(logins), now_(now) {}

  void about(const config::CertificateSettings& certificate, const View* seen) {
    certificate_ = &certificate;
    title_ = certificate.subject();
    if (seen == nullptr) return;
    order(*seen);
    deadline(*seen);
    advice(*seen);
    dns(*seen);
    if (certificate.targets.empty() && seen->current) kept(*seen);
    for (const config::NasSettings& nas : certificate.targets) about(nas, *seen);
  }

  std::vector<Fact> take() { return std::move(facts_); }

 private:
  Fact& add(std::string key, std::string value, std::string event, Severity severity, std::string title, std::string text) {
    facts_.push_back({.key = std::move(key),
                      .value = std::move(value),
                      .message = {.event = std::move(event),
                                  .severity = severity,
                                  .title = std::move(title),
                                  .text = std::move(text),
                                  .certificate = title_,
                                  .nas = {},
                                  .time = now_}});
    return facts_.back();
  }

  void order(const View& seen) {
    const Attempts& attempts = seen.record.issuing;
    if (!worthTelling(attempts)) return;
    const bool asks = onlyOwnerMends(*attempts.last_error);
    std::string text = story(attempts);
    if (seen.current)
      text += fmt::format("\nThe certificate in use {} until {}.", now_ < seen.current->not_after ? "is valid" : "was valid",
                          toWords(seen.current->not_after));
    add("order/" + certificate_->title(), asks ? "owner" : "failing", asks ? "action-needed" : "failing",
        seen.current && !asks ? Severity::Warning : Severity::Alarm,
        fmt::format("{}: {}", title_, seen.current ? "the renewal fails" : "no certificate"), std::move(text))
        .over = title_ + ": a certificate was issued again";
  }

  void deadline(const View& seen) {
    if (!seen.current) return;
    const Deadline deadline = deadlineOf(seen.current->not_before, seen.current->not_after, now_);
    if (deadline == Deadline::Far) return;
    const bool passed = deadline == Deadline::Passed;
    const Duration left = seen.current->not_after - now_;
    add("expiring/" + certificate_->title(),
        passed                           ? "passed"
        : deadline == Deadline::VeryNear ? "very-near"
                                         : "near",
        passed ? "expired" : "expiring", Severity::Alarm,
        passed ? title_ + ": the certificate has expired" : fmt::format("{}: {} left", title_, toWords(left)),
        fmt::format("The certificate ends at {}, and no new one was obtained.{}", toWords(seen.current->not_after),
                    seen.record.issuing.last_error ? "\n" + story(seen.record.issuing) : ""));
  }

  void advice(const View& seen) {
    if (!seen.record.renewal.window || seen.record.renewal.window->explanation_url.empty()) return;
    const std::string& page = seen.record.renewal.window->explanation_url;
    add("advice/" + certificate_->title(), page, "ca-advice", Severity::Warning, title_ + ": the CA asks for a renewal",
        fmt::format("It explains why at {}. Nothing is to be done: the renewal is planned for {}.", page,
                    seen.record.renewal.at ? toWords(*seen.record.renewal.at) : "soon"));
  }

  void dns(const View& seen) {
    const Attempts& looks = seen.record.dns;
    if (!worthTelling(looks)) return;
    add("dns/" + certificate_->title(), "failing", "dns-at-risk", Severity::Warning,
        title_ + ": a renewal would fail at the DNS provider",
        fmt::format("{}\nThe renewal itself is planned for {}.", story(looks),
                    seen.record.renewal.at ? toWords(*seen.record.renewal.at) : "later"))
        .over = title_ + ": the DNS provider lets Sidecert in again";
  }

  void kept(const View& seen) {
    add("issued/" + certificate_->title(), seen.current->sha256, "issued", Severity::Good,
        title_ + ": a certificate was issued",
        fmt::format("For {}, valid until {}. No NAS is set, so it is kept as files.", join(seen.current->names, ", "),
                    toWords(seen.current->not_after)))
        .message.time = seen.record.issued.value_or(now_);
  }

  void about(const config::NasSettings& nas, const View& seen) {
    const std::string key = targetKey(nas);
    const auto found = seen.record.targets.find(key);
    if (found != seen.record.targets.end()) {
      const Target& target = found->second;
      failing(nas, target);
      if (seen.current && target.deployed && target.sha256 == seen.current->sha256) deployed(nas, target, *seen.current);
    }
    if (const auto login = logins_.find(key); login != logins_.end()) token(nas, login->second);
  }

  void failing(const config::NasSettings& nas, const Target& target) {
    const Attempts& attempts = target.attempts;
    // DSM is asked once a day at most after a refusal, so the first one counts.
    const bool refused = attempts.last_error && attempts.last_error->code == ErrorCode::Refused;
    if (!worthTelling(attempts) && !refused) return;
    const bool asks = refused || onlyOwnerMends(*attempts.last_error);
    Fact& fact = add("nas/" + certificate_->title() + "/" + targetKey(nas), asks ? "owner" : "failing",
                     asks ? "action-needed" : "failing", Severity::Alarm,
                     fmt::format("{}: {} cannot be given the certificate", title_, nas.title()), story(attempts));
    fact.over = fmt::format("{}: {} works again", title_, nas.title());
    fact.message.nas = targetKey(nas);
  }

  void deployed(const config::NasSettings& nas, const Target& target, const Current& current) {
    Fact& fact = add("deployed/" + certificate_->title() + "/" + targetKey(nas), current.sha256, "deployed", Severity::Good,
                     fmt::format("{}: {} has the new certificate", title_, nas.title()),
                     fmt::format("Valid until {}. {}{}", toWords(current.not_after), proof(target),
                                 target.services.empty() ? "" : "\nUsed by: " + join(target.services, ", ") + "."));
    fact.message.time = *target.deployed;
    fact.message.nas = targetKey(nas);
  }

  static std::string proof(const Target& target) {
    if (target.proof == dsm::Proof::Served) return "DSM was seen serving it.";
    return fmt::format("It was not seen served: {}.", target.proof_detail);
  }

  void token(const config::NasSettings& nas, const dsm::TargetState& login) {
    if (!nas.totp_secret.empty() || login.device_token.empty() || !login.token_proved) return;
    if (now_ - *login.token_proved < kTokenAtRisk) return;
    Fact& fact = add("token/" + targetKey(nas), "unused", "login-at-risk", Severity::Warning,
                     fmt::format("{}: the device token may die", nas.title()),
                     fmt::format("It was last accepted at {}; DSM was seen to forget tokens not used for a month.\n"
                                 "To mend it: set SYNO_TOTP_SECRET, or let Sidecert run all the time.",
                                 toWords(*login.token_proved)));
    fact.message.nas = targetKey(nas);
    fact.message.certificate.clear();
  }

  const std::map<std::string, dsm::TargetState>& logins_;
  TimePoint now_;
  const config::CertificateSettings* certificate_ = nullptr;
  std::string title_;
  std::vector<Fact> facts_;
};

}  // namespace

std::vector<Fact> factsOf(const config::Settings& settings, const std::vector<View>& views,
                          const std::map<std::string, dsm::TargetState>& logins, TimePoint now) {
  Facts facts(logins, now);
  for (const config::CertificateSettings& certificate : settings.certificates) {
    const auto found = std::ranges::find(views, certificate.title(), &View::title);
    facts.about(certificate, found == views.end() ? nullptr : &*found);
  }
  std::vector<Fact> all = facts.take();
  // Two certificates on one NAS share its login.
  std::ranges::stable_sort(all, {}, &Fact::key);
  const auto doubled = std::ranges::unique(all, {}, &Fact::key);
  all.erase(doubled.begin(), doubled.end());
  return all;
}

std::optional<TimePoint> announce(const config::Settings& settings, const World& world) {
  if (settings.notify_urls.empty() || world.sender == nullptr) return std::nullopt;
  const Ports ports = world.ports.about("messages");
  auto views = viewAll(ports, settings.data);
  if (!views) return std::nullopt;
  std::map<std::string, dsm::TargetState> logins;
  for (const config::CertificateSettings& certificate : settings.certificates) {
    const Path folder = state::certificatePath(settings.data, certificate.title());
    for (const config::NasSettings& nas : certificate.targets) {
      if (auto login = loadTargetState(ports, settings.data, folder, nas)) logins.emplace(targetKey(nas), std::move(*login));
    }
  }
  Outbox outbox(settings, *world.sender, ports);
  return outbox.tell(factsOf(settings, *views, logins, ports.clock.now()), Outbox::About::Passes);
}

void announceSettings(const config::Settings& settings, const World& world, const std::vector<std::string>& faults) {
  if (settings.notify_urls.empty() || world.sender == nullptr) return;
  std::vector<Fact> facts;
  if (!faults.empty())
    facts.push_back({.key = "settings",
                     .value = hex(crypto::sha256(join(faults, "\n"))).substr(0, 16),
                     .message = {.event = "action-needed",
                                 .severity = Severity::Alarm,
                                 .title = "Sidecert does nothing: its settings have faults",
                                 .text = join(faults, "\n"),
                                 .certificate = {},
                                 .nas = {},
                                 .time = world.ports.clock.now()},
                     .over = "The settings are right again"});
  Outbox outbox(settings, *world.sender, world.ports.about("messages"));
  static_cast<void>(outbox.tell(facts, Outbox::About::Settings));
}

}  // namespace sidecert::app
