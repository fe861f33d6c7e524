#include "app/memory/acme_memory.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "app/memory/order_stages.h"
#include "state/document.h"
#include "state/volume.h"

namespace sidecert::app {

using acme::OrderStage;
using state::Json;

namespace {

std::string stageName(OrderStage stage) {
  return std::string(kOrderStages[static_cast<std::size_t>(stage)].second);
}

/// Schema 1 had no stages: what had a URL may have come anywhere.
OrderStage stageFrom(const Json& object) {
  const std::string name = state::text(object, "stage");
  const auto* found = std::ranges::find(kOrderStages, name, [](const auto& pair) { return pair.second; });
  if (found != kOrderStages.end()) return found->first;
  return state::text(object, "url").empty() ? OrderStage::Placing : OrderStage::Placed;
}

Error tooMuch(const OverBudget& over, std::string_view what, TimePoint now) {
  return {.code = ErrorCode::RateLimited,
          .what = std::string(what) + ": " + over.why + ", and they are used up",
          .hint = "nothing to do: it goes on by itself",
          .retry_after = std::chrono::ceil<std::chrono::seconds>(over.until - now)};
}

}  // namespace

Result<std::optional<acme::StoredAccount>> AccountMemory::load(const std::string& directory) {
  auto document = state::read(*memory_.store, state::accountKey(directory));
  if (!document) return std::unexpected(document.error());
  if (!*document) return std::nullopt;
  const Json& object = **document;
  acme::StoredAccount account{.directory = state::text(object, "directory"),
                              .url = state::text(object, "url"),
                              .key_pem = Secret(state::text(object, "key")),
                              .pending_key_pem = std::nullopt,
                              .contacts = state::texts(object, "contacts")};
  if (const std::string pending = state::text(object, "pendingKey"); !pending.empty())
    account.pending_key_pem = Secret(pending);
  if (account.key_pem.empty()) return std::nullopt;
  return account;
}

Result<> AccountMemory::save(const acme::StoredAccount& account) {
  if (account.url.empty() && ledger_ != nullptr) {
    if (const auto over = overAccountBudget(ledger_->ledger(), account.directory, ports_.clock.now()))
      return std::unexpected(tooMuch(*over, "no new account is made", ports_.clock.now()));
    if (auto noted = ledger_->newAccount(account.directory); !noted) return noted;
  }
  Json object{{"directory", account.directory},
              {"url", account.url},
              {"key", account.key_pem.reveal()},
              {"contacts", account.contacts}};
  if (account.pending_key_pem) object["pendingKey"] = account.pending_key_pem->reveal();
  return state::write(*memory_.store, state::accountKey(account.directory), std::move(object));
}

Result<std::optional<acme::StoredOrder>> OrderMemory::load() {
  auto document = state::read(*memory_.store, key_);
  if (!document) return std::unexpected(document.error());
  if (!*document) return std::nullopt;
  const Json& object = **document;
  acme::StoredOrder order{.directory = state::text(object, "directory"),
                          .account = state::text(object, "account"),
                          .url = state::text(object, "url"),
                          .names = state::texts(object, "names"),
                          .profile = state::text(object, "profile"),
                          .key_pem = Secret(state::text(object, "key")),
                          .created = state::time(object, "created").value_or(TimePoint{}),
                          .stage = stageFrom(object),
                          .failed_resumptions = static_cast<int>(
                              std::clamp<std::int64_t>(state::number(object, "failedResumptions"), 0, 1'000))};
  return order;
}

Result<> OrderMemory::note(const acme::StoredOrder& order) {
  const TimePoint now = ports_.clock.now();
  if (order.stage == OrderStage::Answering) {
    if (const auto over = overValidationBudget(ledger_.ledger(), order.directory, order.names, now))
      return std::unexpected(tooMuch(*over, "the CA is not asked to validate", now));
  }
  if (order.stage != OrderStage::Placing) return ledger_.reached(purpose_.certificate, order.stage);
  if (const auto over = overBudget(ledger_.ledger(), order.directory, order.names, purpose_.renewal, purpose_.life, now))
    return std::unexpected(tooMuch(*over, "nothing is ordered", now));
  return ledger_.placing({.at = now,
                          .certificate = purpose_.certificate,
                          .directory = order.directory,
                          .names = order.names,
                          .renewal = purpose_.renewal,
                          .error = {}});
}

bool OrderMemory::countsVainResumption(const acme::StoredOrder& order) {
  const auto before = load();
  return before && *before && (*before)->url == order.url && (*before)->failed_resumptions < order.failed_resumptions;
}

Result<> OrderMemory::save(const acme::StoredOrder& order) {
  if (!countsVainResumption(order)) {
    if (auto noted = note(order); !noted) return noted;
  }
  return state::write(*memory_.store, key_,
                      Json{{"directory", order.directory},
                           {"account", order.account},
                           {"url", order.url},
                           {"names", order.names},
                           {"profile", order.profile},
                           {"key", order.key_pem.reveal()},
                           {"created", toIso(order.created)},
                           {"stage", stageName(order.stage)},
                           {"failedResumptions", order.failed_resumptions}});
}

Result<> OrderMemory::storing(const std::string& sha256) {
  auto document = state::read(*memory_.store, key_);
  if (!document) return std::unexpected(document.error());
  if (!*document) return {};
  (**document)["leaf"] = sha256;
  return state::write(*memory_.store, key_, std::move(**document));
}

Result<std::string> OrderMemory::stored() {
  auto document = state::read(*memory_.store, key_);
  if (!document) return std::unexpected(document.error());
  return *document ? state::text(**document, "leaf") : std::string();
}

Result<> OrderMemory::clear() {
  if (auto noted = ledger_.ended(purpose_.certificate, OrderAttempt::End::Failed); !noted) return noted;
  return remove();
}

Result<> OrderMemory::done() {
  if (auto noted = ledger_.ended(purpose_.certificate, OrderAttempt::End::Issued); !noted) return noted;
  return remove();
}

Result<> OrderMemory::remove() {
  return state::erase(*memory_.store, key_);
}

}  // namespace sidecert::app
