#include "acme/authorizations.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "acme/json_members.h"
#include "acme/known_cas.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::size_t kMostPerName = 2;     // authorizations in an order
constexpr std::size_t kMostExplained = 10;  // names in one error

// Some CAs leave out the flag of a wildcard.
bool isOrdered(const Authorization& authorization, const std::vector<std::string>& names) {
  return std::ranges::contains(names, authorization.name()) || std::ranges::contains(names, authorization.identifier) ||
         std::ranges::contains(names, "*." + authorization.identifier);
}

std::unexpected<Failure> refuseOrder(std::string what) {
  return std::unexpected(Failure{.error = fail(ErrorCode::Refused, std::move(what)).error(), .ends_order = true});
}

}  // namespace

AcmeResult<Authorization> readAuthorization(Client& client, const std::string& url) {
  auto answer = client.read(url);
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto authorization = parseAuthorization(url, answer->body);
  if (!authorization) return passOn(std::move(authorization.error()));
  return *std::move(authorization);
}

AcmeResult<std::vector<Authorization>> readAuthorizations(Client& client, const std::vector<std::string>& urls) {
  std::vector<Authorization> authorizations(urls.size());
  auto done = forEachParallel(urls.size(), client.widthFor(urls.size()), [&](std::size_t i) -> AcmeResult<> {
    auto read = readAuthorization(client, urls[i]);
    if (!read) return std::unexpected(std::move(read.error()));
    authorizations[i] = *std::move(read);
    return {};
  });
  if (!done) return whileDoing("reading the authorizations", std::move(done.error()));
  return authorizations;
}

AcmeResult<> checkCount(const Issuance& issuance, const Order& order) {
  const std::size_t most = kMostPerName * issuance.request.names.size();
  if (order.authorizations.size() <= most) return {};
  return refuseOrder(fmt::format("{} wants {} authorizations for {} names, more than {}", caName(issuance.request.directory),
                                 order.authorizations.size(), issuance.request.names.size(), most));
}

AcmeResult<> checkNames(const Issuance& issuance, const std::vector<Authorization>& authorizations) {
  for (const Authorization& each : authorizations) {
    if (isOrdered(each, issuance.request.names)) continue;
    return refuseOrder(fmt::format("{} wants an authorization for {}, which was not ordered",
                                   caName(issuance.request.directory), excerpt(each.name())));
  }
  return {};
}

bool isDead(const Authorization& authorization) {
  return authorization.status != Status::Valid && authorization.status != Status::Pending;
}

void deactivateOpen(Client& client, const std::vector<Authorization>& authorizations) {
  std::vector<const Authorization*> open;
  for (const Authorization& each : authorizations) {
    if (each.status == Status::Pending) open.push_back(&each);
  }
  const std::string payload = toText(Json{{"status", "deactivated"}});
  (void)forEachParallel(open.size(), client.widthFor(open.size()), [&](std::size_t i) -> AcmeResult<> {
    const auto answer = client.post(open[i]->url, payload);
    if (!answer) client.ports().log.debug("deactivating {}: {}", open[i]->url, answer.error().error.what);
    return {};
  });
}

Failure explain(const std::vector<Authorization>& authorizations, const std::optional<Problem>& of_order) {
  std::size_t refused = 0;
  std::vector<std::string> each;
  std::vector<std::string> hints;
  std::optional<Problem> first;
  for (const Authorization& authorization : authorizations) {
    const auto problem = isDead(authorization) ? authorization.error() : std::nullopt;
    if (!problem) continue;
    ++refused;
    if (each.size() < kMostExplained) each.push_back(fmt::format("{}: {}", authorization.name(), problem->words()));
    const std::string hint = adviceOn(*problem);
    if (!hint.empty() && !std::ranges::contains(hints, hint)) hints.push_back(hint);
    if (!first) first = problem;
  }
  if (!first) {
    const Problem unknown{.detail = "the order has failed and the CA gives no reason"};
    first = of_order.value_or(unknown);
    return {.error = toError(*first, std::nullopt), .problem = first, .ends_order = true};
  }
  Error error = toError(*first, std::nullopt);
  if (error.code == ErrorCode::BadAnswer) error.code = ErrorCode::Refused;
  if (refused > each.size()) each.push_back(fmt::format("and {} more", refused - each.size()));
  error.what = fmt::format("the CA did not validate {} of {} names: {}", refused, authorizations.size(), join(each, "; "));
  error.hint = join(hints, "; ");
  return {.error = std::move(error), .problem = std::move(first), .ends_order = true};
}

}  // namespace sidecert::acme
