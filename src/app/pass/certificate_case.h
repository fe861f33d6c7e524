// One certificate within one pass: what is wanted, what is known of it, where it is kept. The steps of a pass (issuing,
// deploying, the look before a first order) work on it in turn.
#pragma once

#include <optional>

#include "app/memory/ledger_memory.h"
#include "app/pass/outside.h"
#include "app/plan/ledger.h"
#include "app/plan/plan.h"
#include "app/plan/record.h"
#include "config/settings.h"
#include "state/certificate_folder.h"

namespace sidecert::app {

class CertificateCase {
 public:
  /// Everything referred to must outlive it.
  CertificateCase(const config::CertificateSettings&, const Memory&, const World&, LedgerMemory&);

  /// Reads record and certificate from disk.
  [[nodiscard]] Result<> load();
  [[nodiscard]] Result<> loadCertificate();
  /// Writes the record and how its deployments stand; a failure is logged and makes the pass a failed one.
  void save();
  /// A certificate was due and did not come: noted in the record and in the log with the next try. Being stopped is no
  /// failure.
  void issuingFailed(const Error&);

  [[nodiscard]] Known known() const { return {.current = current, .record = record, .ledger = ledger.ledger()}; }
  [[nodiscard]] Plan plan() const;
  [[nodiscard]] TimePoint now() const { return ports.clock.now(); }
  [[nodiscard]] std::optional<Duration> life() const;
  [[nodiscard]] std::string currentFolder() const { return (folder / "current").string(); }

  const config::CertificateSettings& settings;
  const Memory& memory;
  const World& world;
  LedgerMemory& ledger;
  const Ports ports;  // its log is about this certificate
  const Path folder;
  Record record;
  bool fresh = false;  // nothing at all was known of this certificate when the pass began
  std::optional<state::KeptCertificate> kept;
  std::optional<Current> current;  // what `kept` says
  bool failed = false;             // something due did not succeed
  bool by_hand = false;            // the owner stands there: holds and windows do not count

 private:
  double draw_;  // one draw per pass: a plan asked twice says the same
};

}  // namespace sidecert::app
