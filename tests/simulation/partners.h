// The CA and the NAS of a simulation: what they know, what they allow, and what is wrong with them just now. They live in
// true time, whatever the clock of the container says.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "acme/issuance.h"
#include "acme/renewal_info.h"
#include "base/clock.h"
#include "dsm/deployment.h"
#include "dsm/inspection.h"
#include "simulation/memory_disk.h"
#include "support/test_ca.h"

namespace sidecert::simulation {

/// So many at once, refilled evenly over the period, as Let's Encrypt counts.
class Bucket {
 public:
  Bucket(double size, Duration period) : size_(size), period_(period), level_(size) {}
  /// @returns false when it was empty: a limit was exceeded.
  bool take(TimePoint now);

 private:
  double size_;
  Duration period_;
  double level_;
  TimePoint filled_{};
};

struct Situation {
  TimePoint now;  // true time
  bool ca_up = true;
  std::optional<std::chrono::seconds> ca_retry_after;  // it says 503 with this; nothing: it cannot be reached
  bool dns_right = true;
  bool clock_right = true;
  std::optional<TimePoint> incident;  // the CA wants certificates from before replaced at once
  std::optional<TimePoint> revoked;   // it has taken back those from before
};

/// How far a certificate is dated back.
inline constexpr Duration kDatedBack = std::chrono::hours(1);

/// What is wrong with one NAS.
struct NasSituation {
  bool on = true;
  bool serves = true;  // else it lists what it is given and shows what it showed before
  bool lists = true;   // else its answers make no sense
  bool lists_nothing = false;
};

class SimulatedCa {
 public:
  /// @param pass_time  lets time go by while an order is under way
  SimulatedCa(const Situation& situation, MemoryDisk& disk, std::mt19937_64& chance, Duration life,
              std::function<void(Duration)> pass_time);

  Result<acme::IssuedCertificate> obtain(const acme::CertificateRequest&, acme::AccountStore&, acme::OrderStore&);
  Result<std::optional<acme::RenewalAdvice>> advice(const crypto::Certificate&) const;

  Result<std::optional<TimePoint>> revoked(const crypto::Certificate&) const;

  [[nodiscard]] const std::vector<std::string>& limitsExceeded() const { return exceeded_; }
  [[nodiscard]] int attempts() const { return attempts_; }
  [[nodiscard]] int issued() const { return issued_; }

 private:
  struct Known {
    std::vector<std::string> names;
    bool pending = true;
    std::optional<sidecert::testing::TestCertificate> certificate;
  };
  [[nodiscard]] std::optional<Error> unavailable() const;
  Result<std::string> account(const acme::CertificateRequest&, acme::AccountStore&);
  Result<acme::StoredOrder> order(const acme::CertificateRequest&, const std::string& account, acme::OrderStore&);
  void take(Bucket&, const std::string& limit);
  Bucket& perName(std::map<std::string, Bucket>&, const std::string& name, double size, Duration period);

  const Situation& situation_;
  MemoryDisk& disk_;
  std::mt19937_64& chance_;
  Duration life_;
  std::function<void(Duration)> pass_time_;
  sidecert::testing::TestCa authority_;
  std::string key_pem_;
  std::map<std::string, Known> orders_;
  std::map<std::string, bool> accounts_;  // by key
  Bucket new_accounts_, new_orders_;
  std::map<std::string, Bucket> same_names_, failed_;
  std::vector<std::string> exceeded_;
  int attempts_ = 0;
  int issued_ = 0;
};

class SimulatedNas {
 public:
  SimulatedNas(const NasSituation& situation, MemoryDisk& disk, std::mt19937_64& chance)
      : situation_(situation), disk_(disk), chance_(chance) {}

  Result<dsm::Deployment> deploy(dsm::TargetState&, const dsm::Material&);
  Result<dsm::Inspection> inspect() const;

  static constexpr std::string_view kOwners = "the owner's own";

  /// Its owner puts another certificate in the place of one of ours, or takes it away.
  void changeSomething();

  struct Served {
    std::string sha256;
    std::vector<std::string> names;
    TimePoint not_before, not_after;
  };
  /// By the first name of the certificate.
  [[nodiscard]] const std::map<std::string, Served>& served() const { return served_; }
  [[nodiscard]] int imports() const { return imports_; }

 private:
  const NasSituation& situation_;
  MemoryDisk& disk_;
  std::mt19937_64& chance_;
  std::map<std::string, Served> listed_, served_;
  int imports_ = 0;
};

}  // namespace sidecert::simulation
