#include "app/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "acme/names.h"
#include "app/plan/ca_choice.h"
#include "app/plan/deploy_window.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/key.h"

namespace sidecert::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<minutes, 3> kFirstPauses{minutes(1), minutes(10), minutes(100)};
constexpr Duration kDaily = hours(24);
constexpr Duration kLeastPause = minutes(1);
constexpr Duration kSpread = hours(1);
constexpr Duration kLongestRetryAfter = 7 * kDaily;
constexpr Duration kClockTolerance = hours(1);
constexpr Duration kLongestWithoutAdvice = kDaily;
constexpr Duration kLongestWithoutLook = kDaily;
constexpr Duration kBetweenLooksAtDns = 7 * kDaily;

// The record may be about another certificate: it was lost, or this one was put here by other means.
const Renewal& renewalOf(const Current& current, const Record& record) {
  static const Renewal kUnknown;
  return record.leaf == current.sha256 ? record.renewal : kUnknown;
}

/// Before it nothing but other settings and a revocation makes a new order: neither advice of the CA nor a wrong clock.
TimePoint earliestRenewal(const Current& current, const Record& record, TimePoint now) {
  const bool known = record.leaf == current.sha256 && record.issued && *record.issued <= now + kClockTolerance;
  return acme::earliestRenewal(known ? *record.issued : current.not_before, current.not_after - current.not_before);
}

bool namesChanged(const config::CertificateSettings& settings, const Current& current, const Record& record) {
  const bool known = record.leaf == current.sha256 && !record.names.empty();
  return !acme::sameNames(namesToOrder(settings),
                          acme::namesToOrder(known ? record.names : current.names).value_or(current.names));
}

std::string orderReason(const config::CertificateSettings& settings, const Known& known, TimePoint now, double draw) {
  if (!known.current) return "there is no certificate yet";
  const Current& current = *known.current;
  if (namesChanged(settings, current, known.record)) return "the names in ACME_DOMAINS changed";
  const std::string& directory = known.record.directory;
  if (!directory.empty() && !std::ranges::contains(settings.servers, directory)) return "ACME_SERVER changed";
  if (!settings.reuse_key && current.key_type != keyTypeText(settings.key_length)) return "ACME_KEYLENGTH changed";
  if (known.record.revoked && known.record.leaf == current.sha256) return "the certificate was revoked";
  if (now < earliestRenewal(current, known.record, now)) return {};
  if (now >= current.not_after) return "the certificate has expired";
  if (now >= renewalTime(settings, current, known.record, draw)) return "the certificate is due for renewal";
  return {};
}

/// Whether an attempt is held back, and until when. A failure that lies ahead was noted before the clock was set back; what
/// it holds back nobody knows any more.
std::optional<TimePoint> heldUntil(const Attempts& attempts, const std::string& digest, TimePoint now) {
  if (!attempts.next || *attempts.next <= now || attempts.settings != digest) return std::nullopt;
  if (attempts.last_failure && *attempts.last_failure > now + kClockTolerance) return std::nullopt;
  return attempts.next;
}

/// Whether something to be done every `period` is due. A date further ahead than that comes from another clock.
bool isDue(const std::optional<TimePoint>& when, Duration period, TimePoint now) {
  return !when || *when <= now || *when > now + period + kClockTolerance;
}

void wakeBy(Plan& plan, TimePoint when, std::string reason, bool to_order = false) {
  if (when < plan.wake) {
    plan.wake = when;
    plan.wake_reason = std::move(reason);
    plan.wake_to_order = to_order;
  }
}

/// An order under way costs nothing more when it is taken up again.
bool hasOpenOrder(const config::CertificateSettings& settings, const Ledger& ledger, const std::string& server) {
  return std::ranges::any_of(ledger.orders, [&](const OrderAttempt& order) {
    return order.end == OrderAttempt::End::Open && order.certificate == settings.title() && order.directory == server &&
           order.stage != acme::OrderStage::Placing;
  });
}

void planOrder(Plan& plan, const config::CertificateSettings& settings, const Known& known, TimePoint now, double draw) {
  plan.order_reason = orderReason(settings, known, now, draw);
  if (plan.order_reason.empty()) {
    wakeBy(plan,
           std::max(renewalTime(settings, *known.current, known.record, draw),
                    earliestRenewal(*known.current, known.record, now)),
           "to renew the certificate", true);
    return;
  }
  const Attempts& issuing = known.record.issuing;
  if (const auto held = heldUntil(issuing, issuingDigest(settings), now)) {
    plan.held_reason = issuing.last_error ? describe(*issuing.last_error) : "the last try failed";
    plan.held_until = held;
    wakeBy(plan, *held, "to try again for a certificate");
    return;
  }
  const auto life =
      known.current ? std::optional<Duration>(known.current->not_after - known.current->not_before) : std::nullopt;
  const std::string server = chooseServer(settings.servers, known.ledger, settings.title(), now);
  const auto over = hasOpenOrder(settings, known.ledger, server)
                        ? std::nullopt
                        : overBudget(known.ledger, server, namesToOrder(settings), known.current.has_value(), life, now);
  if (over) {
    plan.held_reason = over->why + ", and they are used up";
    plan.held_until = over->until;
    wakeBy(plan, over->until, "to order when the CA's limits allow it");
    return;
  }
  plan.order = true;
  wakeBy(plan, now, plan.order_reason, issuing.failures == 0);
}

void planAdvice(Plan& plan, const Known& known, TimePoint now) {
  if (!known.current || plan.order || now >= known.current->not_after) return;
  const std::optional<TimePoint> ask_again = renewalOf(*known.current, known.record).ask_again;
  if (isDue(ask_again, kLongestWithoutAdvice, now)) {
    plan.ask_advice = true;
    wakeBy(plan, now, "to ask the CA when to renew");
  } else {
    wakeBy(plan, *ask_again, "to ask the CA when to renew");
  }
}

/// A token that was revoked or ran out is better known now than when the renewal needs it.
void planLookAtDns(Plan& plan, const config::CertificateSettings& settings, const Known& known, TimePoint now) {
  if (!known.current || !plan.order_reason.empty() || settings.providers.empty()) return;  // an order finds out itself
  const Attempts& looks = known.record.dns;
  if (const auto held = heldUntil(looks, issuingDigest(settings), now); held && !isDue(held, kBetweenLooksAtDns, now)) {
    wakeBy(plan, *held, "to look whether the DNS provider still lets us in");
  } else {
    plan.look_at_dns = true;
    wakeBy(plan, now, "to look whether the DNS provider still lets us in");
  }
}

void planTarget(Plan& plan, const config::NasSettings& nas, const Current& current, const Record& record, TimePoint now) {
  const std::string key = targetKey(nas);
  const auto found = record.targets.find(key);
  static const Target kUnknown;
  const Target& target = found == record.targets.end() ? kUnknown : found->second;
  const bool settings_changed = target.attempts.settings != targetDigest(nas);
  const bool missing = target.sha256 != current.sha256 || settings_changed;
  const bool look = !missing && target.check && isDue(target.check, kLongestWithoutLook, now);
  if (missing || look) {
    if (const auto held = heldUntil(target.attempts, targetDigest(nas), now)) {
      wakeBy(plan, *held, fmt::format("to try {} again", nas.title()));
    } else if (const TimePoint opens = deployNotBefore(nas, record, current.sha256,
                                                       record.issued.value_or(current.not_before), current.not_after, now);
               opens > now) {
      wakeBy(plan, opens, fmt::format("to change {} in its SYNO_DEPLOY_WINDOW", nas.title()));
    } else {
      plan.deploy.push_back(key);
      wakeBy(plan, now,
             missing ? fmt::format("{} needs the certificate", nas.title()) : fmt::format("to look at {}", nas.title()));
    }
  } else if (target.check) {
    wakeBy(plan, *target.check, fmt::format("to see whether {} still serves it", nas.title()));
  }
}

std::string digestOf(const Secret& basis) {
  return hex(crypto::sha256(basis.reveal())).substr(0, 16);
}

void note(Attempts& attempts, const Error& error, TimePoint now, Duration pause) {
  ++attempts.failures;
  attempts.last_failure = now;
  attempts.next = now + pause;
  attempts.last_error = error;
}

}  // namespace

Plan plan(const config::CertificateSettings& settings, const Known& known, TimePoint now, double draw) {
  Plan plan{.order_reason = {},
            .held_reason = {},
            .deploy = {},
            .wake = now + kDaily,
            .wake_reason = "to look whether all is well"};
  if (settings.deploy_from.empty()) {
    planOrder(plan, settings, known, now, draw);
    planAdvice(plan, known, now);
    planLookAtDns(plan, settings, known, now);
  } else if (known.record.issuing.next) {
    wakeBy(plan, std::max(now, *known.record.issuing.next), "to look again into " + settings.subject());
  }
  if (known.current && now < known.current->not_after) {
    for (const config::NasSettings& nas : settings.targets) planTarget(plan, nas, *known.current, known.record, now);
  }
  return plan;
}

std::vector<std::string> namesToOrder(const config::CertificateSettings& settings) {
  return acme::namesToOrder(settings.names).value_or(settings.names);
}

TimePoint renewalTime(const config::CertificateSettings& settings, const Current& current, const Record& record,
                      double draw) {
  const TimePoint latest = current.not_after - (current.not_after - current.not_before) / 8;
  return std::min(renewalOf(current, record).at.value_or(localRenewal(settings, current, draw)), latest);
}

void recordFailure(Attempts& attempts, const Error& error, TimePoint now, std::optional<TimePoint> expires) {
  const auto step = static_cast<std::size_t>(attempts.failures);
  Duration pause = step < kFirstPauses.size() ? Duration(kFirstPauses[step]) : kDaily;
  Duration most = kLongestRetryAfter;
  if (expires && *expires > now) {
    const Duration left = *expires - now;
    pause = std::min(pause, std::max(kLeastPause, left / 8));
    most = std::min(most, std::max(kLeastPause, left / 2));
  }
  if (error.retry_after) pause = std::max<Duration>(pause, std::min<Duration>(*error.retry_after, most));
  note(attempts, error, now, pause);
}

void recordVisitFailure(Attempts& attempts, const Error& error, TimePoint now, TimePoint expires) {
  if (error.code == ErrorCode::Settings || error.code == ErrorCode::Refused) {
    note(attempts, error, now, kDaily);
  } else {
    recordFailure(attempts, error, now, expires);
  }
}

void recordSuccess(Attempts& attempts, TimePoint now) {
  attempts = Attempts{.last_success = now, .settings = attempts.settings};
}

void recordDnsSeen(Record& record, const config::CertificateSettings& settings, TimePoint now) {
  record.dns = {.next = now + kBetweenLooksAtDns, .last_success = now, .settings = issuingDigest(settings)};
}

TimePoint localRenewal(const config::CertificateSettings& settings, const Current& current, double draw) {
  const TimePoint advised = settings.renew_days ? current.not_after - Duration(*settings.renew_days)
                                                : acme::localRenewalTime(current.not_before, current.not_after);
  // Never so early that a fresh certificate is due at once.
  const TimePoint least = current.not_before + (current.not_after - current.not_before) / 4;
  const Duration spread = std::min<Duration>(kSpread, (current.not_after - current.not_before) / 100);
  return std::max(advised, least) + Duration(static_cast<Duration::rep>(draw * static_cast<double>(spread.count())));
}

std::string keyTypeText(config::KeyLength length) {
  switch (length) {
    case config::KeyLength::Ec256: return "EC P-256";
    case config::KeyLength::Ec384: return "EC P-384";
    case config::KeyLength::Rsa2048: return "RSA 2048";
    case config::KeyLength::Rsa3072: return "RSA 3072";
    case config::KeyLength::Rsa4096: return "RSA 4096";
  }
  return {};
}

std::string issuingDigest(const config::CertificateSettings& settings) {
  return digestOf(settings.basis);
}

std::string targetDigest(const config::NasSettings& nas) {
  return digestOf(nas.basis);
}

}  // namespace sidecert::app
