// From a pending order to a ready one. RFC 8555 sections 7.5 and 8.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "acme/challenges.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "acme/persistent.h"
#include "acme/session.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

// ZeroSSL and Actalis can leave a challenge in processing for minutes or for ever.
constexpr std::chrono::minutes kValidationLimit{15};
constexpr std::chrono::days kWarnBeforeEnd{30};  // of a persistent record
constexpr std::size_t kMostPerName = 2;          // authorizations in an order
constexpr std::size_t kMostExplained = 10;       // names in one error

struct Task {
  Authorization authorization;
  Challenge challenge;
  std::optional<ChallengeRecord> record;  // to publish; nothing for dns-persist-01
};

Outcome<Authorization> readAuthorization(Client& client, const std::string& url) {
  auto answer = client.read(url);
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto authorization = parseAuthorization(url, answer->body);
  if (!authorization) return passOn(std::move(authorization.error()));
  return *std::move(authorization);
}

Outcome<std::vector<Authorization>> readAll(Client& client, const std::vector<std::string>& urls) {
  std::vector<Authorization> authorizations(urls.size());
  auto done = forEachParallel(urls.size(), client.widthFor(urls.size()), [&](std::size_t i) -> Outcome<> {
    auto read = readAuthorization(client, urls[i]);
    if (!read) return std::unexpected(std::move(read.error()));
    authorizations[i] = *std::move(read);
    return {};
  });
  if (!done) return whileDoing("reading the authorizations", std::move(done.error()));
  return authorizations;
}

// A record is written for none but the names that were ordered. Some CAs leave out the flag of a wildcard.
bool isOrdered(const Authorization& authorization, const std::vector<std::string>& names) {
  return std::ranges::contains(names, authorization.name()) || std::ranges::contains(names, authorization.identifier) ||
         std::ranges::contains(names, "*." + authorization.identifier);
}

std::unexpected<Failure> refuseOrder(std::string what) {
  return std::unexpected(Failure{.error = fail(ErrorCode::Refused, std::move(what)).error(), .ends_order = true});
}

Outcome<> checkCount(const Session& session, const Order& order) {
  const std::size_t most = kMostPerName * session.request.names.size();
  if (order.authorizations.size() <= most) return {};
  return refuseOrder(fmt::format("{} wants {} authorizations for {} names, more than {}", caName(session.request.directory),
                                 order.authorizations.size(), session.request.names.size(), most));
}

Outcome<> checkNames(const Session& session, const std::vector<Authorization>& authorizations) {
  for (const Authorization& each : authorizations) {
    if (isOrdered(each, session.request.names)) continue;
    return refuseOrder(fmt::format("{} wants an authorization for {}, which was not ordered",
                                   caName(session.request.directory), excerpt(each.name())));
  }
  return {};
}

bool isDead(const Authorization& authorization) {
  return authorization.status != Status::Valid && authorization.status != Status::Pending;
}

// Open authorizations would be handed out again with the next order for the same names. Best effort: they expire anyway.
void giveUp(Client& client, const std::vector<Authorization>& authorizations) {
  std::vector<const Authorization*> open;
  for (const Authorization& each : authorizations) {
    if (each.status == Status::Pending) open.push_back(&each);
  }
  const std::string payload = toText(Json{{"status", "deactivated"}});
  (void)forEachParallel(open.size(), client.widthFor(open.size()), [&](std::size_t i) -> Outcome<> {
    const auto answer = client.post(open[i]->url, payload);
    if (!answer) client.ports().log.debug("deactivating {}: {}", open[i]->url, answer.error().error.what);
    return {};
  });
}

// One story out of what the CA says of each name.
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

std::string offeredTypes(const Authorization& authorization) {
  std::vector<std::string> types;
  for (const Challenge& challenge : authorization.challenges) types.push_back(challenge.type);
  return types.empty() ? "no challenge at all" : excerpt(join(types, ", "));
}

Outcome<Challenge> pick(const Session& session, const Authorization& authorization, std::string_view type) {
  if (const Challenge* offered = authorization.challenge(type)) {
    if (offered->status == Status::Invalid) return std::unexpected(explain({authorization}, std::nullopt));
    return *offered;
  }
  return failed(ErrorCode::Settings,
                fmt::format("{} offers no {} for {}, only {}", caName(session.request.directory), type, authorization.name(),
                            offeredTypes(authorization)),
                "choose another ACME_CHALLENGE or another CA in ACME_SERVER");
}

Outcome<Task> recordTask(const Session& session, const Authorization& authorization, ChallengeKind kind) {
  auto challenge = pick(session, authorization, typeOf(kind));
  if (!challenge) return std::unexpected(std::move(challenge.error()));
  if (challenge->token.empty())
    return failed(ErrorCode::BadAnswer, "the CA's challenge for " + authorization.name() + " has no token");
  const Client& client = session.client;
  ChallengeRecord record{.identifier = authorization.identifier,
                         .name = kind == ChallengeKind::DnsAccount01
                                     ? dnsAccount01Name(authorization.identifier, client.account())
                                     : dns01Name(authorization.identifier),
                         .value = challengeValue(challenge->token, client.key().thumbprint())};
  return Task{authorization, *std::move(challenge), std::move(record)};
}

// Whether the persistent record stands at every server, so that the challenge can be answered without writing anything.
Outcome<Task> persistentTask(const Session& session, const Authorization& authorization) {
  auto challenge = pick(session, authorization, typeOf(ChallengeKind::DnsPersist01));
  if (!challenge) return std::unexpected(std::move(challenge.error()));
  const PersistentAccount account{session.client.account(), session.client.key().thumbprint()};
  const auto wish = wishFor(session.client.directory(), authorization, *challenge, account);
  if (!wish) return failed(ErrorCode::BadAnswer, "the CA's dns-persist-01 challenge names no issuer, or too many");
  const std::string name = persistentName(authorization.identifier);
  const auto servers = session.publisher.standing(name);
  if (!servers) return passOnOurs(within("looking for the record " + name, servers.error()).error());
  const TimePoint now = session.client.caTime();
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
    const bool with_wildcard = std::ranges::contains(session.request.names, "*." + authorization.identifier);
    return failed(
        ErrorCode::Settings,
        fmt::format("the record of dns-persist-01 for {} stands at {} of {} name servers", authorization.name(), good,
                    servers->size()),
        fmt::format("add a TXT record {} with the value \"{}\"", name,
                    persistentValue(wish->issuers.front(), wish->account_uris.front(), with_wildcard, std::nullopt)));
  }
  if (until && *until - now < kWarnBeforeEnd) {
    session.ports.log.warning("the record {} permits this only until {}: renew it", name, toWords(*until));
  }
  return Task{authorization, *std::move(challenge), std::nullopt};
}

Outcome<Task> taskFor(const Session& session, const Authorization& authorization) {
  const CertificateRequest& request = session.request;
  const ChallengeKind kind = request.challenge;
  if (kind == ChallengeKind::Dns01) return recordTask(session, authorization, kind);
  auto task = kind == ChallengeKind::DnsPersist01 ? persistentTask(session, authorization)
                                                  : recordTask(session, authorization, kind);
  if (task || !request.dns01_possible || task.error().error.code == ErrorCode::Stopped) return task;
  session.ports.log.warning("{}: {}; using dns-01 instead", authorization.name(), describe(task.error().error));
  return recordTask(session, authorization, ChallengeKind::Dns01);
}

Outcome<> answerChallenge(Client& client, const Task& task) {
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

Outcome<> answerAll(Session& session, PlacedOrder& placed, const std::vector<Task>& tasks) {
  if (tasks.empty()) return {};
  Client& client = session.client;
  std::vector<std::string> names;
  for (const Task& task : tasks) names.push_back(task.authorization.name());
  if (auto noted = noteStage(session, placed, OrderStage::Answering); !noted) return noted;
  session.ports.log.info("Asking {} to validate {} ({})", caName(session.request.directory), listNames(names), wayOf(tasks));
  return forEachParallel(tasks.size(), client.widthFor(tasks.size()),
                         [&](std::size_t i) { return answerChallenge(client, tasks[i]); });
}

Outcome<> awaitValidation(Session& session, PlacedOrder& placed) {
  const std::string ca = caName(session.request.directory);
  auto order = awaitOrder(session.client, placed.url, {Status::Pending}, std::nullopt, kValidationLimit);
  if (!order) return whileDoing("waiting for " + ca + " to validate", std::move(order.error()));
  placed.order = *std::move(order);
  if (placed.order.status != Status::Invalid) session.ports.log.info("{} has validated every name", ca);
  return {};
}

// For tasks that are not the last of their order, which says nothing of them while it is pending.
// @returns whether the CA has validated them all.
Outcome<bool> areValidated(Session& session, const std::vector<Task>& tasks) {
  std::vector<std::string> urls;
  for (const Task& task : tasks) urls.push_back(task.authorization.url);
  for (Looks looks(session.client, kValidationLimit);;) {
    if (auto waited = looks.next(std::nullopt); !waited) return std::unexpected(std::move(waited.error()));
    const auto now = readAll(session.client, urls);
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
Outcome<std::vector<Task>> takeTurn(Session& session, PlacedOrder& placed, const std::vector<ChallengeRecord>& records,
                                    std::vector<Task> tasks) {
  const auto standing = session.publisher.publish(records);
  if (!standing) return passOnOurs(standing.error());
  const auto later = std::ranges::stable_partition(
      tasks, [&](const Task& task) { return !task.record || std::ranges::contains(*standing, *task.record); });
  std::vector<Task> others(later.begin(), later.end());
  tasks.erase(later.begin(), later.end());
  if (auto answered = answerAll(session, placed, tasks); !answered) return std::unexpected(std::move(answered.error()));
  if (!others.empty()) {
    if (tasks.empty()) return failed(ErrorCode::Internal, "none of the records was published");
    const auto validated = areValidated(session, tasks);
    if (!validated) return std::unexpected(validated.error());
    if (*validated) return others;
  }
  if (auto seen = awaitValidation(session, placed); !seen) return std::unexpected(std::move(seen.error()));
  return std::vector<Task>{};
}

// All at once, or in turns where a provider keeps only so many values at a time.
Outcome<> publishAndValidate(Session& session, PlacedOrder& placed, std::vector<Task> tasks) {
  for (auto records = recordsOf(tasks); !records.empty(); records = recordsOf(tasks)) {
    auto later = thenWithdraw(session.publisher, [&] { return takeTurn(session, placed, records, std::move(tasks)); });
    if (!later) return std::unexpected(std::move(later.error()));
    if (later->empty()) return {};
    tasks = *std::move(later);
  }
  if (auto answered = answerAll(session, placed, tasks); !answered) return answered;
  return awaitValidation(session, placed);
}

}  // namespace

Outcome<> authorizeOrder(Session& session, PlacedOrder& placed) {
  if (placed.order.status == Status::Invalid) return std::unexpected(explain({}, placed.order.error));
  if (placed.order.status != Status::Pending) return {};
  if (auto few = checkCount(session, placed.order); !few) return few;
  const std::vector<std::string> urls = placed.order.authorizations;
  auto authorizations = readAll(session.client, urls);
  if (!authorizations) return std::unexpected(std::move(authorizations.error()));
  if (auto ours = checkNames(session, *authorizations); !ours) return ours;
  if (std::ranges::any_of(*authorizations, isDead)) {
    giveUp(session.client, *authorizations);
    return std::unexpected(explain(*authorizations, placed.order.error));
  }
  std::vector<Task> tasks;
  for (const Authorization& authorization : *authorizations) {
    if (authorization.status == Status::Valid) continue;
    auto task = taskFor(session, authorization);
    if (!task) return std::unexpected(std::move(task.error()));
    tasks.push_back(*std::move(task));
  }
  if (tasks.empty()) session.ports.log.info("{} needs no new proof for these names", caName(session.request.directory));
  if (auto done = publishAndValidate(session, placed, std::move(tasks)); !done) return done;
  if (placed.order.status != Status::Invalid) return {};
  auto after = readAll(session.client, urls);
  if (!after) return std::unexpected(explain(*authorizations, placed.order.error));
  giveUp(session.client, *after);
  return std::unexpected(explain(*after, placed.order.error));
}

}  // namespace sidecert::acme
