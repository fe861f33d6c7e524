// From a pending order to a ready one. RFC 8555 sections 7.5 and 8.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "acme/authorizations.h"
#include "acme/challenge_names.h"
#include "acme/issuance.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "acme/persistent.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

// ZeroSSL and Actalis can leave a challenge in processing for minutes or for ever.
constexpr std::chrono::minutes kValidationLimit{15};
constexpr std::chrono::days kWarnBeforeEnd{30};  // of a persistent record

struct Task {
  Authorization authorization;
  Challenge challenge;
  std::optional<ChallengeRecord> record;  // to publish; nothing for dns-persist-01
};

std::string offeredTypes(const Authorization& authorization) {
  std::vector<std::string> types;
  for (const Challenge& challenge : authorization.challenges) types.push_back(challenge.type);
  return types.empty() ? "no challenge at all" : excerpt(join(types, ", "));
}

AcmeResult<Challenge> pick(const Issuance& issuance, const Authorization& authorization, std::string_view type) {
  if (const Challenge* offered = authorization.challenge(type)) {
    if (offered->status == Status::Invalid) return std::unexpected(explain({authorization}, std::nullopt));
    return *offered;
  }
  return failed(ErrorCode::Settings,
                fmt::format("{} offers no {} for {}, only {}", caName(issuance.request.directory), type,
                            authorization.name(), offeredTypes(authorization)),
                "choose another ACME_CHALLENGE or another CA in ACME_SERVER");
}

AcmeResult<Task> recordTask(const Issuance& issuance, const Authorization& authorization, ChallengeKind kind) {
  auto challenge = pick(issuance, authorization, typeOf(kind));
  if (!challenge) return std::unexpected(std::move(challenge.error()));
  if (challenge->token.empty())
    return failed(ErrorCode::BadAnswer, "the CA's challenge for " + authorization.name() + " has no token");
  const Client& client = issuance.client;
  ChallengeRecord record{.identifier = authorization.identifier,
                         .name = kind == ChallengeKind::DnsAccount01
                                     ? dnsAccount01Name(authorization.identifier, client.account())
                                     : dns01Name(authorization.identifier),
                         .value = challengeValue(challenge->token, client.key().thumbprint())};
  return Task{authorization, *std::move(challenge), std::move(record)};
}

// Whether the persistent record stands at every server, so that the challenge can be answered without writing anything.
AcmeResult<Task> persistentTask(const Issuance& issuance, const Authorization& authorization) {
  auto challenge = pick(issuance, authorization, typeOf(ChallengeKind::DnsPersist01));
  if (!challenge) return std::unexpected(std::move(challenge.error()));
  const PersistentAccount account{issuance.client.account(), issuance.client.key().thumbprint()};
  const auto wish = wishFor(issuance.client.directory(), authorization, *challenge, account);
  if (!wish) return failed(ErrorCode::BadAnswer, "the CA's dns-persist-01 challenge names no issuer, or too many");
  const std::string name = persistentName(authorization.identifier);
  const auto servers = issuance.publisher.standing(name);
  if (!servers) return passOnOurs(within("looking for the record " + name, servers.error()).error());
  const TimePoint now = issuance.client.caTime();
  std::size_t good = 0;
  std::optional<TimePoint> until;
  for (const std::vector<std::string>& values : *servers) {
    const auto standing = fulfilling(values, *wish, now);
    if (!standing) continue;
    ++good;
    if (standing->until && (!until || *standing->until < *until)) until = standing->until;
  }
  if (good == 0 || good < servers->size()) {
    // One record serves apex and wildcard, whichever is looked at first.
    const bool with_wildcard = std::ranges::contains(issuance.request.names, "*." + authorization.identifier);
    return failed(
        ErrorCode::Settings,
        fmt::format("the record of dns-persist-01 for {} stands at {} of {} name servers", authorization.name(), good,
                    servers->size()),
        fmt::format("add a TXT record {} with the value \"{}\"", name,
                    persistentValue(wish->issuers.front(), wish->account_uris.front(), with_wildcard, std::nullopt)));
  }
  if (until && *until - now < kWarnBeforeEnd) {
    issuance.ports.log.warning("the record {} permits this only until {}: renew it", name, toWords(*until));
  }
  return Task{authorization, *std::move(challenge), std::nullopt};
}

AcmeResult<Task> taskFor(const Issuance& issuance, const Authorization& authorization) {
  const CertificateRequest& request = issuance.request;
  const ChallengeKind kind = request.challenge;
  if (kind == ChallengeKind::Dns01) return recordTask(issuance, authorization, kind);
  auto task = kind == ChallengeKind::DnsPersist01 ? persistentTask(issuance, authorization)
                                                  : recordTask(issuance, authorization, kind);
  if (task || !request.dns01_possible || task.error().error.code == ErrorCode::Stopped) return task;
  issuance.ports.log.warning("{}: {}; using dns-01 instead", authorization.name(), describe(task.error().error));
  return recordTask(issuance, authorization, ChallengeKind::Dns01);
}

AcmeResult<> answerChallenge(Client& client, const Task& task) {
  if (task.challenge.status != Status::Pending) return {};
  auto answer = client.post(task.challenge.url, "{}");
  if (answer) return {};
  Failure failure = std::move(answer.error());
  if (!failure.problem || failure.error.code == ErrorCode::RateLimited || failure.is("accountDoesNotExist")) {
    return std::unexpected(std::move(failure));
  }
  // Another order that shares the authorization may have been quicker.
  const auto now = readAuthorization(client, task.authorization.url);
  const Challenge* challenge = now ? now->challenge(task.challenge.type) : nullptr;
  if (now && now->status == Status::Valid) return {};
  if (challenge != nullptr && challenge->status != Status::Pending) return {};
  return whileDoing("answering the challenge for " + task.authorization.name(), std::move(failure));
}

std::string wayOf(const std::vector<Task>& tasks) {
  std::vector<std::string> types;
  for (const Task& task : tasks) {
    if (!std::ranges::contains(types, task.challenge.type)) types.push_back(task.challenge.type);
  }
  return join(types, ", ");
}

AcmeResult<> answerAll(Issuance& issuance, PlacedOrder& placed, const std::vector<Task>& tasks) {
  if (tasks.empty()) return {};
  Client& client = issuance.client;
  std::vector<std::string> names;
  for (const Task& task : tasks) names.push_back(task.authorization.name());
  if (auto noted = noteStage(issuance, placed, OrderStage::Answering); !noted) return noted;
  issuance.ports.log.info("Asking {} to validate {} ({})", caName(issuance.request.directory), listNames(names),
                          wayOf(tasks));
  return forEachParallel(tasks.size(), client.widthFor(tasks.size()),
                         [&](std::size_t i) { return answerChallenge(client, tasks[i]); });
}

AcmeResult<> awaitValidation(Issuance& issuance, PlacedOrder& placed) {
  const std::string ca = caName(issuance.request.directory);
  auto order = awaitOrder(issuance.client, placed.url, {Status::Pending}, std::nullopt, kValidationLimit);
  if (!order) return whileDoing("waiting for " + ca + " to validate", std::move(order.error()));
  placed.order = *std::move(order);
  if (placed.order.status != Status::Invalid) issuance.ports.log.info("{} has validated every name", ca);
  return {};
}

// For tasks that are not the last of their order, which says nothing of them while it is pending.
// @returns whether the CA has validated them all.
AcmeResult<bool> areValidated(Issuance& issuance, const std::vector<Task>& tasks) {
  std::vector<std::string> urls;
  for (const Task& task : tasks) urls.push_back(task.authorization.url);
  for (Looks looks(issuance.client, kValidationLimit);;) {
    if (auto waited = looks.next(std::nullopt); !waited) return std::unexpected(std::move(waited.error()));
    const auto now = readAuthorizations(issuance.client, urls);
    if (!now) return std::unexpected(now.error());
    if (std::ranges::any_of(*now, isDead)) return false;
    if (std::ranges::all_of(*now, [](const Authorization& each) { return each.status == Status::Valid; })) return true;
  }
}

std::vector<ChallengeRecord> recordsOf(const std::vector<Task>& tasks) {
  std::vector<ChallengeRecord> records;
  for (const Task& task : tasks) {
    // Some CAs give apex and wildcard the same token: one record serves both.
    if (task.record && !std::ranges::contains(records, *task.record)) records.push_back(*task.record);
  }
  return records;
}

// Whatever `work` comes to, an exception of ours included, the records are taken away after it.
template <class Work>
auto thenWithdraw(ChallengePublisher& publisher, const Work& work) {
  try {
    auto outcome = work();
    publisher.withdraw();
    return outcome;
  } catch (const std::exception&) {
    publisher.withdraw();
    throw;
  }
}

// As many records as can stand at the same time, from publishing them until the CA has looked at them.
// @returns the tasks whose records have to wait for another turn.
AcmeResult<std::vector<Task>> takeTurn(Issuance& issuance, PlacedOrder& placed, const std::vector<ChallengeRecord>& records,
                                       std::vector<Task> tasks) {
  const auto standing = issuance.publisher.publish(records);
  if (!standing) return passOnOurs(standing.error());
  const auto later = std::ranges::stable_partition(
      tasks, [&](const Task& task) { return !task.record || std::ranges::contains(*standing, *task.record); });
  std::vector<Task> others(later.begin(), later.end());
  tasks.erase(later.begin(), later.end());
  if (auto answered = answerAll(issuance, placed, tasks); !answered) return std::unexpected(std::move(answered.error()));
  if (!others.empty()) {
    if (tasks.empty()) return failed(ErrorCode::Internal, "none of the records was published");
    const auto validated = areValidated(issuance, tasks);
    if (!validated) return std::unexpected(validated.error());
    if (*validated) return others;
  }
  if (auto seen = awaitValidation(issuance, placed); !seen) return std::unexpected(std::move(seen.error()));
  return std::vector<Task>{};
}

// All at once, or in turns where a provider keeps only so many values at a time.
AcmeResult<> publishAndValidate(Issuance& issuance, PlacedOrder& placed, std::vector<Task> tasks) {
  for (auto records = recordsOf(tasks); !records.empty(); records = recordsOf(tasks)) {
    auto later = thenWithdraw(issuance.publisher, [&] { return takeTurn(issuance, placed, records, std::move(tasks)); });
    if (!later) return std::unexpected(std::move(later.error()));
    if (later->empty()) return {};
    tasks = *std::move(later);
  }
  if (auto answered = answerAll(issuance, placed, tasks); !answered) return answered;
  return awaitValidation(issuance, placed);
}

}  // namespace

AcmeResult<> authorizeOrder(Issuance& issuance, PlacedOrder& placed) {
  if (placed.order.status == Status::Invalid) return std::unexpected(explain({}, placed.order.error));
  if (placed.order.status != Status::Pending) return {};
  if (auto few = checkCount(issuance, placed.order); !few) return few;
  const std::vector<std::string> urls = placed.order.authorizations;
  auto authorizations = readAuthorizations(issuance.client, urls);
  if (!authorizations) return std::unexpected(std::move(authorizations.error()));
  if (auto ours = checkNames(issuance, *authorizations); !ours) return ours;
  if (std::ranges::any_of(*authorizations, isDead)) {
    deactivateOpen(issuance.client, *authorizations);
    return std::unexpected(explain(*authorizations, placed.order.error));
  }
  std::vector<Task> tasks;
  for (const Authorization& authorization : *authorizations) {
    if (authorization.status == Status::Valid) continue;
    auto task = taskFor(issuance, authorization);
    if (!task) return std::unexpected(std::move(task.error()));
    tasks.push_back(*std::move(task));
  }
  if (tasks.empty()) issuance.ports.log.info("{} needs no new proof for these names", caName(issuance.request.directory));
  if (auto done = publishAndValidate(issuance, placed, std::move(tasks)); !done) return done;
  if (placed.order.status != Status::Invalid) return {};
  auto after = readAuthorizations(issuance.client, urls);
  if (!after) return std::unexpected(explain(*authorizations, placed.order.error));
  deactivateOpen(issuance.client, *after);
  return std::unexpected(explain(*after, placed.order.error));
}

}  // namespace sidecert::acme
