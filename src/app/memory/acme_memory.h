// The ACME client's memory: the account of each CA, and the order under way of each certificate.
#pragma once

#include "acme/issuance.h"
#include "app/memory/ledger_memory.h"
#include "app/plan/ledger.h"
#include "base/ports.h"

namespace sidecert::app {

/// accounts/<host>-<digest of the directory URL>/account: one account per directory URL.
class AccountMemory final : public acme::AccountStore {
 public:
  /// @param ledger  must outlive it; null: nothing is registered through this one
  AccountMemory(Memory memory, Ports ports, LedgerMemory* ledger = nullptr)
      : memory_(std::move(memory)), ports_(std::move(ports)), ledger_(ledger) {}
  [[nodiscard]] Result<std::optional<acme::StoredAccount>> load(const std::string& directory) override;
  /// An account without URL is about to be registered: it is noted in the ledger first, and refused beyond the budget.
  [[nodiscard]] Result<> save(const acme::StoredAccount&) override;

 private:
  Memory memory_;
  Ports ports_;
  LedgerMemory* ledger_;
};

/// What an order is for, as the ledger counts it.
struct OrderPurpose {
  std::string certificate;  // title
  bool renewal = false;
  std::optional<Duration> life;  // of the certificate there is
};

/// certificates/<title>/order, each stage of it noted in the ledger first.
class OrderMemory final : public acme::OrderStore {
 public:
  /// The ledger must outlive it.
  OrderMemory(Memory memory, OrderPurpose purpose, LedgerMemory& ledger, Ports ports)
      : memory_(std::move(memory)),
        key_(certificateKey(purpose.certificate, "order")),
        purpose_(std::move(purpose)),
        ledger_(ledger),
        ports_(std::move(ports)) {}
  [[nodiscard]] Result<std::optional<acme::StoredOrder>> load() override;
  /// @returns RateLimited, before anything is asked for, when the CA's budget is used up.
  [[nodiscard]] Result<> save(const acme::StoredOrder&) override;
  /// The order came to nothing.
  [[nodiscard]] Result<> clear() override;
  /// Its certificate, this leaf, is about to be stored.
  [[nodiscard]] Result<> storing(const std::string& sha256);
  /// The leaf that was about to be stored; empty when none was.
  [[nodiscard]] Result<std::string> stored();
  /// Its certificate is stored and noted in the record.
  [[nodiscard]] Result<> done();

 private:
  [[nodiscard]] Result<> note(const acme::StoredOrder&);
  [[nodiscard]] Result<> remove();
  /// Whether this only counts that it was taken up in vain: nothing is about to be asked of the CA, so no budget is heeded.
  [[nodiscard]] bool countsVainResumption(const acme::StoredOrder&);

  Memory memory_;
  std::string key_;
  OrderPurpose purpose_;
  LedgerMemory& ledger_;
  Ports ports_;
};

}  // namespace sidecert::app
