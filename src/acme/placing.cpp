// newOrder, or what a run that was cut has left. RFC 8555 section 7.4.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "acme/challenge_names.h"
#include "acme/issuance.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "acme/order_list.h"
#include "acme/profiles.h"
#include "acme/renewal_info.h"
#include "acme/resumption.h"
#include "base/http/links.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

using namespace std::chrono_literals;

constexpr Duration kSlowestLook = 5s;
constexpr std::chrono::days kResumable{7};  // the longest an order lives at Let's Encrypt
constexpr int kMostSenseless = 2;           // answers in one wait for an order

bool isTemporary(const Failure& failure) {
  return !failure.problem || failure.error.code == ErrorCode::RateLimited || failure.problem->status >= 500;
}

AcmeResult<> save(Issuance& issuance, const StoredOrder& stored) {
  if (auto saved = issuance.orders.save(stored); !saved)
    return passOnOurs(within("saving the order", saved.error()).error());
  return {};
}

std::string keyTypeText(crypto::KeyType type) {
  switch (type) {
    case crypto::KeyType::EcP256: return "EC P-256";
    case crypto::KeyType::EcP384: return "EC P-384";
    case crypto::KeyType::Rsa2048: return "RSA 2048";
    case crypto::KeyType::Rsa3072: return "RSA 3072";
    case crypto::KeyType::Rsa4096: return "RSA 4096";
  }
  return {};
}

bool isWanted(const Issuance& issuance, const StoredOrder& stored, const crypto::PrivateKey& key) {
  const CertificateRequest& request = issuance.request;
  const bool profile_fits = stored.profile.empty() || std::ranges::contains(request.profiles, stored.profile) ||
                            std::ranges::contains(request.profiles, "!" + stored.profile);
  const bool key_fits =
      request.reuse_key_pem ? stored.key_pem == *request.reuse_key_pem : key.typeText() == keyTypeText(request.key_type);
  return stored.directory == request.directory && stored.account == issuance.client.account() &&
         sameNames(stored.names, request.names) && profile_fits && key_fits &&
         issuance.ports.clock.now() - stored.created < kResumable;
}

// The order of a run that was cut, when it can still become the certificate that is wanted now.
AcmeResult<std::optional<PlacedOrder>> resume(Issuance& issuance, const StoredOrder& stored, const crypto::PrivateKey& key) {
  auto order = readOrder(issuance.client, stored.url);
  if (!order) {
    if (isTemporary(order.error()) || order.error().is("accountDoesNotExist")) {
      return whileDoing("reading the order that was begun", std::move(order.error()));
    }
    issuance.ports.log.info("The order that was begun is gone ({}); placing a new one", order.error().error.what);
    return std::optional<PlacedOrder>();
  }
  const bool expired = order->expires && *order->expires <= issuance.client.caTime() && order->status != Status::Valid;
  const bool alive = order->status == Status::Pending || order->status == Status::Ready ||
                     order->status == Status::Processing || order->status == Status::Valid;
  if (!alive || expired || !sameNames(order->names, issuance.request.names)) {
    issuance.ports.log.info("The order that was begun has failed or expired{}; placing a new one",
                            order->error ? " (" + order->error->words() + ")" : "");
    return std::optional<PlacedOrder>();
  }
  issuance.ports.log.info("Going on with the order of {} for {}", toWords(stored.created),
                          listNames(issuance.request.names));
  return std::optional(PlacedOrder{stored.url, *std::move(order), key, true, stored});
}

// An order whose newOrder had no answer. A CA that cannot be asked, or keeps no list, gets another newOrder.
std::optional<PlacedOrder> takeUpLost(Issuance& issuance, StoredOrder stored, const crypto::PrivateKey& key) {
  auto found = findOpenOrder(issuance.client, issuance.request.names);
  if (!found) {
    issuance.ports.log.debug("looking for the order that may have been placed: {}", found.error().error.what);
    return std::nullopt;
  }
  if (!*found) return std::nullopt;
  stored.url = (*found)->url;
  stored.stage = OrderStage::Placed;
  if (!save(issuance, stored)) return std::nullopt;
  issuance.ports.log.info("The order of {} had been placed; going on with it", toWords(stored.created));
  return PlacedOrder{stored.url, std::move((*found)->order), key, true, stored};
}

// Every refusal that could come from `replaces` is met by leaving it out; these cannot. RFC 9773 section 5 names only
// alreadyReplaced, servers answer with malformed, unauthorized, conflict, an internal error and others.
bool mayComeFromReplaces(const Failure& failure) {
  constexpr std::array<std::string_view, 8> kOthers{"caa",
                                                    "invalidProfile",
                                                    "rateLimited",
                                                    "rejectedIdentifier",
                                                    "unsupportedIdentifier",
                                                    "userActionRequired",
                                                    "accountDoesNotExist",
                                                    "externalAccountRequired"};
  return (failure.is("serverInternal") || !isTemporary(failure)) && !std::ranges::contains(kOthers, failure.problem->type);
}

Json orderPayload(const CertificateRequest& request, const std::string& profile,
                  const std::optional<std::string>& replaces) {
  Json identifiers = Json::array();
  for (const std::string& name : request.names) identifiers.push_back({{"type", "dns"}, {"value", name}});
  Json payload{{"identifiers", std::move(identifiers)}};
  if (!profile.empty()) payload["profile"] = profile;
  if (replaces) payload["replaces"] = *replaces;
  if (request.not_before) payload["notBefore"] = toIso(*request.not_before);
  if (request.not_after) payload["notAfter"] = toIso(*request.not_after);
  return payload;
}

// What the CA would stumble over is cheaper to find before it does.
AcmeResult<> lookAhead(Issuance& issuance) {
  const CertificateRequest& request = issuance.request;
  OrderIntent intent{.directory = request.directory,
                     .names = request.names,
                     .caa_identities = caaNamesOf(issuance),
                     .challenge = std::string(typeOf(request.challenge)),
                     .account = issuance.client.account()};
  if (auto clear = issuance.publisher.beforeOrder(intent); !clear) return passOnOurs(clear.error());
  return {};
}

struct NewOrder {
  AcmeResponse answer;
  std::string profile;
};

AcmeResult<NewOrder> askForOrder(Issuance& issuance) {
  const CertificateRequest& request = issuance.request;
  const Directory& directory = issuance.client.directory();
  ProfileChoice profiles(request.profiles, directory);
  std::optional<std::string> replaces;
  if (request.replaces && !directory.renewal_info.empty()) replaces = certificateId(*request.replaces);
  for (;;) {
    auto profile = profiles.current();
    if (!profile) return passOn(std::move(profile.error()));
    auto answer = issuance.client.post(directory.new_order, toText(orderPayload(request, *profile, replaces)));
    if (answer) return NewOrder{*std::move(answer), *std::move(profile)};
    const Failure& failure = answer.error();
    if (replaces && mayComeFromReplaces(failure)) {
      issuance.ports.log.debug("ordering again without \"replaces\": {}", failure.error.what);
      replaces.reset();
      continue;
    }
    // An allow-listed profile of Let's Encrypt is refused as unauthorized.
    if (!profile->empty() && (failure.is("invalidProfile") || failure.is("unauthorized")) && profiles.next()) {
      issuance.ports.log.warning("profile {} is not available ({})", *profile, failure.error.what);
      continue;
    }
    Failure refused = std::move(answer.error());
    refused.ends_order = !isTemporary(refused);
    return whileDoing(
        fmt::format("ordering a certificate for {} at {}", listNames(request.names), caName(request.directory)),
        std::move(refused));
  }
}

}  // namespace

std::vector<std::string> caaNamesOf(const Issuance& issuance) {
  std::vector<std::string> names = issuance.client.directory().caa_identities;
  if (const KnownCa* ca = findKnownCa(issuance.request.directory); ca != nullptr && names.empty())
    names.emplace_back(ca->caa_name);
  return names;
}

AcmeResult<Order> readOrder(Client& client, const std::string& url) {
  auto answer = client.read(url);
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto order = parseOrder(answer->body);
  if (!order) return passOn(std::move(order.error()));
  return *std::move(order);
}

Looks::Looks(Client& client, std::chrono::seconds limit)
    : client_(client),
      limit_(limit),
      begin_(client.ports().clock.monotonic()),
      pause_(std::clamp(client.roundTrip(), kEarliestLook, kLatestFirstLook)) {}

AcmeResult<> Looks::next(std::optional<std::chrono::seconds> asked) {
  const Duration left = begin_ + limit_ - client_.ports().clock.monotonic();
  if (left <= Duration::zero()) {
    return failed(ErrorCode::BadAnswer, fmt::format("the CA has not come to an end within {}", toWords(Duration(limit_))));
  }
  const Duration wanted = asked ? std::max({pause_, kEarliestAsked, Duration(*asked)}) : pause_;
  if (wanted > kLongestPause && !long_wait_said_) {
    client_.ports().log.info("{} asks to wait {}; it is asked again every minute, for {} at most",
                             caName(client_.directory().url), toWords(wanted), toWords(left));
    long_wait_said_ = true;
  }
  pause_ = std::min(pause_ * 3 / 2, kSlowestLook);
  return client_.wait(std::min({wanted, kLongestPause, left}));
}

AcmeResult<Order> awaitOrder(Client& client, const std::string& url, std::initializer_list<Status> while_in,
                             std::optional<std::chrono::seconds> asked, std::chrono::seconds limit) {
  int senseless = 0;
  for (Looks looks(client, limit);;) {
    if (auto waited = looks.next(asked); !waited) return std::unexpected(waited.error());
    auto answer = client.read(url);
    if (!answer) return std::unexpected(std::move(answer.error()));
    asked = answer->retry_after;
    auto order = parseOrder(answer->body);
    if (!order && ++senseless > kMostSenseless) return passOn(std::move(order.error()));
    if (!order) continue;
    if (!std::ranges::contains(while_in, order->status)) return *std::move(order);
  }
}

AcmeResult<> noteStage(Issuance& issuance, PlacedOrder& placed, OrderStage stage) {
  if (placed.stored.stage >= stage) return {};
  placed.stored.stage = stage;
  return save(issuance, placed.stored);
}

AcmeResult<PlacedOrder> placeOrder(Issuance& issuance) {
  const CertificateRequest& request = issuance.request;
  auto loaded = issuance.orders.load();
  if (!loaded) return passOn(loaded.error());
  std::optional<crypto::PrivateKey> key;
  if (*loaded) {
    const StoredOrder& stored = **loaded;
    auto kept = crypto::PrivateKey::fromPem(stored.key_pem.reveal());
    if (isStuck(stored, request.needed_by, issuance.ports.clock.now())) {
      issuance.ports.log.warning(
          "the order of {} at {} has led nowhere ({} times taken up in vain) and is given up; placing a new one",
          toWords(stored.created), caName(stored.directory), stored.failed_resumptions);
    } else if (kept && isWanted(issuance, stored, *kept)) {
      if (!stored.url.empty()) {
        issuance.took_up = true;
        auto resumed = resume(issuance, stored, *kept);
        if (!resumed) return std::unexpected(std::move(resumed.error()));
        if (*resumed) return **std::move(resumed);
      } else if (auto lost = takeUpLost(issuance, stored, *kept)) {
        return *std::move(lost);
      } else {
        key = *std::move(kept);
      }
    }
  }
  if (auto clear = lookAhead(issuance); !clear) return std::unexpected(std::move(clear.error()));
  if (!key && request.reuse_key_pem) {
    auto reused = crypto::PrivateKey::fromPem(request.reuse_key_pem->reveal());
    if (!reused) return passOn(within("reading the certificate key to use again", reused.error()).error());
    key = *std::move(reused);
  }
  if (!key) key = crypto::PrivateKey::generate(request.key_type);
  StoredOrder stored{.directory = request.directory,
                     .account = issuance.client.account(),
                     .url = {},
                     .names = request.names,
                     .profile = {},
                     .key_pem = key->toPem(),
                     .created = issuance.ports.clock.now()};
  if (auto saved = save(issuance, stored); !saved) return std::unexpected(saved.error());
  auto placed = askForOrder(issuance);
  if (!placed) return std::unexpected(std::move(placed.error()));
  const auto location = placed->answer.headers.first("Location");
  const auto url = location ? resolveReference(issuance.client.directory().new_order, *location) : std::nullopt;
  if (!url) return failed(ErrorCode::BadAnswer, "the CA named no URL for the order");
  stored.url = *url;
  stored.stage = OrderStage::Placed;
  stored.profile = placed->profile;
  if (auto saved = save(issuance, stored); !saved) return std::unexpected(saved.error());
  auto order = parseOrder(placed->answer.body);
  if (!order) return passOn(std::move(order.error()));
  if (order->foreign_identifiers || (order->status != Status::Invalid && !sameNames(order->names, request.names))) {
    return std::unexpected(
        Failure{.error = fail(ErrorCode::Refused, fmt::format("asked for {}, the CA made an order for {}",
                                                              listNames(request.names), listNames(order->names)))
                             .error(),
                .ends_order = true});
  }
  issuance.took_up = false;
  issuance.ports.log.info("Order placed at {} for {}{}", caName(request.directory), listNames(request.names),
                          stored.profile.empty() ? "" : fmt::format(" (profile {})", stored.profile));
  return PlacedOrder{*url, *std::move(order), *std::move(key), false, std::move(stored)};
}

}  // namespace sidecert::acme
