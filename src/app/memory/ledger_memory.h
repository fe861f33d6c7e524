// The document ledger: what was asked of the CAs (plan/ledger.h), on disk before the request leaves.
#pragma once

#include <string>

#include "app/memory/memory.h"
#include "app/plan/ledger.h"
#include "base/ports.h"
#include "base/result.h"
#include "state/document.h"

namespace sidecert::app {

[[nodiscard]] state::Json toJson(const Ledger&);

/// For all certificates of one pass.
class LedgerMemory {
 public:
  LedgerMemory(Memory memory, Ports ports) : memory_(std::move(memory)), ports_(std::move(ports)) {}

  /// Reads it. Where there is none, or it was set aside, the stored certificates tell what was issued. A time that lies
  /// ahead was written before the clock was set back: it counts as now, else the limit would hold for as long as that.
  [[nodiscard]] Result<> load();
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

  /// newOrder is about to be sent. An open order of the same certificate is dropped.
  [[nodiscard]] Result<> placing(OrderAttempt);
  [[nodiscard]] Result<> reached(const std::string& certificate, acme::OrderStage);
  [[nodiscard]] Result<> ended(const std::string& certificate, OrderAttempt::End);
  /// The last try came to this. A try that never came to an order is noted as well.
  [[nodiscard]] Result<> failed(const std::string& certificate, const std::string& directory, const Error&);
  [[nodiscard]] Result<> newAccount(const std::string& directory);

 private:
  [[nodiscard]] Result<> rebuild();
  [[nodiscard]] Result<> save();
  [[nodiscard]] OrderAttempt* open(const std::string& certificate);

  Memory memory_;
  Ports ports_;
  Ledger ledger_;
};

/// One look at what lies in the data folder, for those that change nothing.
[[nodiscard]] Result<Ledger> readLedger(const Memory&, const Ports&);

}  // namespace sidecert::app
