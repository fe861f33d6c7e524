#include "app/memory/ledger_memory.h"

#include <algorithm>
#include <array>

#include "app/memory/order_stages.h"
#include "app/memory/record_memory.h"
#include "crypto/x509.h"

namespace sidecert::app {
namespace {

using state::Json;
using std::chrono::days;
using std::chrono::hours;
using End = OrderAttempt::End;

constexpr Duration kKeptFor = days(8);  // one day beyond the longest period
constexpr std::size_t kMostOrders = 400;
constexpr Duration kFutureTolerance = hours(1);

constexpr std::array<std::pair<End, std::string_view>, 4> kEnds{
    {{End::Open, "open"}, {End::Issued, "issued"}, {End::Failed, "failed"}, {End::Dropped, "dropped"}}};

template <class Pairs, class Value>
std::string nameOf(const Pairs& pairs, Value value) {
  const auto found = std::ranges::find(pairs, value, [](const auto& pair) { return pair.first; });
  return std::string(found->second);
}

template <class Pairs>
auto valueOf(const Pairs& pairs, const std::string& name) {
  const auto found = std::ranges::find(pairs, name, [](const auto& pair) { return pair.second; });
  return found == pairs.end() ? pairs.front().first : found->first;
}

Ledger ledgerFrom(const Json& document) {
  Ledger ledger;
  const Json orders = state::array(document, "orders");
  for (const Json& item : orders) {
    OrderAttempt order{.at = state::time(item, "at").value_or(TimePoint{}),
                       .certificate = state::text(item, "certificate"),
                       .directory = state::text(item, "directory"),
                       .names = state::texts(item, "names"),
                       .renewal = state::flag(item, "renewal"),
                       .placed = state::flag(item, "placed"),
                       .stage = valueOf(kOrderStages, state::text(item, "stage")),
                       .end = valueOf(kEnds, state::text(item, "end")),
                       .error = state::text(item, "error"),
                       .code = errorCodeFrom(state::text(item, "code"))};
    ledger.orders.push_back(std::move(order));
  }
  const Json accounts = state::array(document, "accounts");
  for (const Json& item : accounts)
    ledger.accounts.push_back(
        {.at = state::time(item, "at").value_or(TimePoint{}), .directory = state::text(item, "directory")});
  return ledger;
}

void mendTimes(Ledger& ledger, TimePoint now) {
  const auto mend = [now](auto& entries) {
    for (auto& entry : entries) {
      if (entry.at > now + kFutureTolerance) entry.at = now;
    }
  };
  mend(ledger.orders);
  mend(ledger.accounts);
}

void forgetOld(Ledger& ledger, TimePoint now) {
  std::erase_if(ledger.orders, [now](const auto& entry) { return entry.at + kKeptFor < now && entry.end != End::Open; });
  std::erase_if(ledger.accounts, [now](const auto& entry) { return entry.at + kKeptFor < now; });
  // What cost nothing goes first.
  for (auto it = ledger.orders.begin(); ledger.orders.size() > kMostOrders && it != ledger.orders.end();) {
    it = it->placed ? it + 1 : ledger.orders.erase(it);
  }
}

constexpr const char* kLedgerKey = "ledger";

}  // namespace

state::Json toJson(const Ledger& ledger) {
  Json orders = Json::array();
  for (const OrderAttempt& order : ledger.orders) {
    Json item{{"at", toIso(order.at)},
              {"certificate", order.certificate},
              {"directory", order.directory},
              {"names", order.names},
              {"renewal", order.renewal},
              {"placed", order.placed},
              {"stage", nameOf(kOrderStages, order.stage)},
              {"end", nameOf(kEnds, order.end)}};
    if (!order.error.empty()) {
      item["error"] = order.error;
      item["code"] = std::string(toString(order.code));
    }
    orders.push_back(std::move(item));
  }
  Json accounts = Json::array();
  for (const NewAccount& one : ledger.accounts) accounts.push_back({{"at", toIso(one.at)}, {"directory", one.directory}});
  return {{"orders", std::move(orders)}, {"accounts", std::move(accounts)}};
}

Result<> LedgerMemory::load() {
  auto document = state::read(*memory_.store, kLedgerKey);
  if (!document) return std::unexpected(document.error());
  if (!*document) return rebuild();
  ledger_ = ledgerFrom(**document);
  mendTimes(ledger_, ports_.clock.now());
  return {};
}

Result<> LedgerMemory::rebuild() {
  ledger_ = {};
  auto titles = ports_.files.list(memory_.data / "certificates");
  if (!titles) return std::unexpected(titles.error());
  for (const std::string& title : *titles) {
    if (title.starts_with('@') || title.starts_with('.')) continue;  // DSM's own @eaDir, .DS_Store
    const Path folder = memory_.data / "certificates" / title;
    auto versions = ports_.files.list(folder / "versions");
    if (!versions) continue;  // a file
    for (const std::string& version : *versions) {
      auto pem = ports_.files.read(folder / "versions" / version / "cert.pem");
      if (!pem || !*pem) continue;
      auto chain = crypto::parseChain(**pem);
      if (!chain) continue;
      OrderAttempt order{.at = std::min(chain->front().notBefore(), ports_.clock.now()),
                         .certificate = title,
                         .directory = {},
                         .names = chain->front().dnsNames(),
                         .placed = true,
                         .stage = acme::OrderStage::Finalizing,
                         .end = End::Issued,
                         .error = {}};
      std::ranges::sort(order.names);
      auto record = state::read(*memory_.store, certificateKey(title, "record"));
      if (record && *record) order.directory = state::text(**record, "directory");
      ledger_.orders.push_back(std::move(order));
    }
  }
  std::ranges::sort(ledger_.orders, {}, &OrderAttempt::at);
  forgetOld(ledger_, ports_.clock.now());
  return {};
}

Result<> LedgerMemory::save() {
  forgetOld(ledger_, ports_.clock.now());
  if (auto saved = state::write(*memory_.store, kLedgerKey, toJson(ledger_)); !saved)
    return within("noting what is asked of the CA", saved.error());
  return {};
}

OrderAttempt* LedgerMemory::open(const std::string& certificate) {
  const auto found = std::ranges::find_if(
      ledger_.orders, [&](const OrderAttempt& order) { return order.end == End::Open && order.certificate == certificate; });
  return found == ledger_.orders.end() ? nullptr : &*found;
}

Result<> LedgerMemory::placing(OrderAttempt order) {
  if (OrderAttempt* before = open(order.certificate)) before->end = End::Dropped;
  std::ranges::sort(order.names);
  order.placed = true;
  ledger_.orders.push_back(std::move(order));
  return save();
}

Result<> LedgerMemory::reached(const std::string& certificate, acme::OrderStage stage) {
  OrderAttempt* order = open(certificate);
  if (order == nullptr || order->stage > stage) return {};
  order->stage = stage;
  order->at = ports_.clock.now();
  return save();
}

Result<> LedgerMemory::ended(const std::string& certificate, OrderAttempt::End end) {
  OrderAttempt* order = open(certificate);
  if (order == nullptr) return {};
  order->end = end;
  return save();
}

Result<> LedgerMemory::failed(const std::string& certificate, const std::string& directory, const Error& error) {
  const auto last =
      std::ranges::find(ledger_.orders.rbegin(), ledger_.orders.rend(), certificate, &OrderAttempt::certificate);
  const bool of_this_try = last != ledger_.orders.rend() && last->error.empty() && last->end != End::Issued;
  if (of_this_try) {
    last->error = error.what;
    last->code = error.code;
  } else {
    const OrderAttempt* under_way = open(certificate);
    const bool its_order = under_way != nullptr && under_way->directory == directory;
    ledger_.orders.push_back({.at = ports_.clock.now(),
                              .certificate = certificate,
                              .directory = directory,
                              .names = {},
                              .stage = its_order ? under_way->stage : acme::OrderStage::Placing,
                              .end = End::Failed,
                              .error = error.what,
                              .code = error.code});
  }
  return save();
}

Result<> LedgerMemory::newAccount(const std::string& directory) {
  ledger_.accounts.push_back({.at = ports_.clock.now(), .directory = directory});
  return save();
}

Result<Ledger> readLedger(const Memory& memory, const Ports& ports) {
  LedgerMemory file(memory, ports);
  if (auto loaded = file.load(); !loaded) return std::unexpected(loaded.error());
  return file.ledger();
}

}  // namespace sidecert::app
