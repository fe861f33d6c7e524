#include "app/plan/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "acme/known_cas.h"
#include "base/text.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using End = OrderAttempt::End;

constexpr Budgets kLetsEncrypt{.accounts = {.most = 10, .period = hours(3)},
                               .orders = {.most = 300, .period = hours(3)},
                               .per_domain = {.most = 50, .period = days(7)},
                               .same_names = {.most = 5, .period = days(7)},
                               .failed_authorizations = {.most = 5, .period = hours(1)}};
constexpr Budgets kLetsEncryptStaging{.accounts = {.most = 50, .period = hours(3)},
                                      .orders = {.most = 1500, .period = hours(3)},
                                      .per_domain = {.most = 30'000, .period = days(7)},
                                      .same_names = {.most = 30'000, .period = days(7)},
                                      .failed_authorizations = {.most = 200, .period = hours(1)}};

/// The last two labels: a registered domain, or a public suffix, below which our own orders then count together.
std::string domainOf(std::string_view name) {
  const auto last = name.rfind('.');
  const auto before = last == std::string_view::npos || last == 0 ? std::string_view::npos : name.rfind('.', last - 1);
  return std::string(before == std::string_view::npos ? name : name.substr(before + 1));
}

bool certificateMayExist(const OrderAttempt& order) {
  return order.end == End::Issued || order.stage == acme::OrderStage::Finalizing;
}

bool validationMayHaveFailed(const OrderAttempt& order) {
  return order.end != End::Issued && order.stage == acme::OrderStage::Answering;
}

/// The moment one more fits into the budget; nothing when it does now.
template <class Entries, class Counts>
std::optional<TimePoint> fullUntil(const Entries& entries, const Budget& budget, TimePoint now, const Counts& counts) {
  std::vector<TimePoint> times;
  for (const auto& entry : entries) {
    if (entry.at + budget.period > now && counts(entry)) times.push_back(entry.at);
  }
  if (times.size() < budget.most) return std::nullopt;
  std::ranges::sort(times);
  return times[times.size() - budget.most] + budget.period;
}

void restrict(std::optional<OverBudget>& result, std::optional<TimePoint> until, std::string why) {
  if (until && (!result || *until > result->until)) result = OverBudget{*until, std::move(why)};
}

}  // namespace

Budgets budgetsOf(const std::string& directory, std::optional<Duration> life) {
  if (directory.find("://acme-staging-v02.api.letsencrypt.org/") != std::string::npos) return kLetsEncryptStaging;
  Budgets budgets = kLetsEncrypt;
  if (directory.find("://acme-v02.api.letsencrypt.org/") != std::string::npos) return budgets;
  if (life) budgets.same_names.period = std::min(budgets.same_names.period, *life);
  return budgets;
}

std::optional<OverBudget> overBudget(const Ledger& ledger, const std::string& directory,
                                     const std::vector<std::string>& names, bool renewal, std::optional<Duration> life,
                                     TimePoint now) {
  const Budgets budgets = budgetsOf(directory, life);
  const std::string ca = acme::caName(directory);
  std::vector<std::string> wanted = names;
  std::ranges::sort(wanted);
  std::optional<OverBudget> result;
  // Where the record was lost, nobody knows which CA issued what lies there: it counts at each.
  const auto there = [&](const OrderAttempt& order) {
    return order.placed && (order.directory == directory || order.directory.empty());
  };
  restrict(result,
           fullUntil(ledger.orders, budgets.same_names, now,
                     [&](const auto& order) { return there(order) && certificateMayExist(order) && order.names == wanted; }),
           fmt::format("{} allows {} certificates for the same names in {}", ca, budgets.same_names.most,
                       toWords(budgets.same_names.period)));
  if (const auto over = overValidationBudget(ledger, directory, names, now)) restrict(result, over->until, over->why);
  if (renewal) return result;
  restrict(result,
           fullUntil(ledger.orders, budgets.orders, now, [&](const auto& order) { return there(order) && !order.renewal; }),
           fmt::format("{} allows {} new orders in {}", ca, budgets.orders.most, toWords(budgets.orders.period)));
  std::set<std::string> domains;
  for (const std::string& name : wanted) domains.insert(domainOf(name));
  for (const std::string& domain : domains) {
    restrict(result,
             fullUntil(ledger.orders, budgets.per_domain, now,
                       [&](const auto& order) {
                         return there(order) && !order.renewal && certificateMayExist(order) &&
                                std::ranges::contains(order.names, domain, domainOf);
                       }),
             fmt::format("{} allows {} new certificates below {} in {}", ca, budgets.per_domain.most, domain,
                         toWords(budgets.per_domain.period)));
  }
  return result;
}

std::optional<OverBudget> overValidationBudget(const Ledger& ledger, const std::string& directory,
                                               const std::vector<std::string>& names, TimePoint now) {
  const Budget budget = budgetsOf(directory, std::nullopt).failed_authorizations;
  std::optional<OverBudget> result;
  for (const std::string& name : names) {
    restrict(result,
             fullUntil(ledger.orders, budget, now,
                       [&](const OrderAttempt& order) {
                         return order.placed && order.directory == directory && validationMayHaveFailed(order) &&
                                std::ranges::contains(order.names, name);
                       }),
             fmt::format("{} allows {} failed validations of {} in {}", acme::caName(directory), budget.most, name,
                         toWords(budget.period)));
  }
  return result;
}

std::optional<OverBudget> overAccountBudget(const Ledger& ledger, const std::string& directory, TimePoint now) {
  const Budget budget = budgetsOf(directory, std::nullopt).accounts;
  std::optional<OverBudget> result;
  restrict(result,
           fullUntil(ledger.accounts, budget, now, [&](const NewAccount& one) { return one.directory == directory; }),
           fmt::format("{} allows {} new accounts in {}", acme::caName(directory), budget.most, toWords(budget.period)));
  return result;
}

}  // namespace sidecert::app
