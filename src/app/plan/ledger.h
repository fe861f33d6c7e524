// What was asked of the CAs, held against what they allow. Whatever restarts, empties or breaks, what stands here decides
// whether a CA may be asked, so it is on disk before the request leaves; an order whose end nobody knows counts in full.
// Source: letsencrypt.org/docs/rate-limits (2026-08-05) and /docs/staging-environment. Let's Encrypt refills its buckets
// steadily; counting what falls into a window as long as a whole refill never allows more than that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acme/order_stage.h"
#include "base/clock.h"
#include "base/result.h"

namespace sidecert::app {

struct OrderAttempt {
  enum class End {
    Open,     // under way, or cut and not yet taken up again
    Issued,   // its certificate is stored
    Failed,   // `error` says why
    Dropped,  // another order took its place
  };
  TimePoint at;                    // of the latest request that may count: newOrder, the answers, finalize
  std::string certificate;         // title of the certificate it is for
  std::string directory;           // URL
  std::vector<std::string> names;  // sorted
  bool renewal = false;            // the same names were issued before: fewer limits count
  bool placed = false;             // newOrder was sent, or was about to be
  acme::OrderStage stage = acme::OrderStage::Placing;
  End end = End::Open;
  std::string error;
  ErrorCode code = ErrorCode::Internal;  // of the failure
};

struct NewAccount {
  TimePoint at;
  std::string directory;
};

struct Ledger {
  std::vector<OrderAttempt> orders;  // oldest first
  std::vector<NewAccount> accounts;
};

/// So many in any period of this length.
struct Budget {
  std::size_t most = 0;
  Duration period{};
};

struct Budgets {
  Budget accounts;               // new ones, per address
  Budget orders;                 // new ones; renewals do not count
  Budget per_domain;             // certificates below one registered domain; renewals do not count
  Budget same_names;             // certificates for exactly these names
  Budget failed_authorizations;  // per name
};

/// @param life  of a certificate there, when one is known. A CA that publishes no limits is given Let's Encrypt's, with
///              five certificates per life where that is shorter than a week.
[[nodiscard]] Budgets budgetsOf(const std::string& directory, std::optional<Duration> life);

/// Why nothing may be ordered now, and when it may be.
struct OverBudget {
  TimePoint until;
  std::string why;
};

[[nodiscard]] std::optional<OverBudget> overBudget(const Ledger&, const std::string& directory,
                                                   const std::vector<std::string>& names, bool renewal,
                                                   std::optional<Duration> life, TimePoint now);
/// What of it an order that was placed already has to heed before its challenges are answered.
[[nodiscard]] std::optional<OverBudget> overValidationBudget(const Ledger&, const std::string& directory,
                                                             const std::vector<std::string>& names, TimePoint now);
[[nodiscard]] std::optional<OverBudget> overAccountBudget(const Ledger&, const std::string& directory, TimePoint now);

}  // namespace sidecert::app
