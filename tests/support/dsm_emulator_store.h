// The certificates of the DSM emulator and the services bound to them: list, import, set, delete, export, Service.set.
// Not safe for several threads: the emulator holds its lock around every call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/dsm_emulator.h"
#include "support/dsm_emulator_auth.h"
#include "support/dsm_emulator_form.h"
#include "support/dsm_emulator_x509.h"

namespace sidecert::testing::emulator {

struct StoredCertificate {
  std::string id;
  std::string description;
  Material material;
  bool is_default = false;
  bool renewable = false;
  bool broken = false;
  bool built_in = false;
};

struct StoredService {
  DsmService service;
  std::string certificate_id;  // empty: bound to nothing, and so not listed
};

class CertificateStore {
 public:
  /// Starts with the built-in certificate as the default, and the usual services on it.
  explicit CertificateStore(std::chrono::sys_seconds now);

  [[nodiscard]] Json list(const DsmBehaviour&) const;  // the value of data.certificates
  [[nodiscard]] Outcome import(const std::vector<Part>&, const DsmBehaviour&, std::string& id);
  [[nodiscard]] Outcome set(const Parameters&, const DsmBehaviour&);
  [[nodiscard]] Outcome remove(const Parameters&);
  [[nodiscard]] Outcome setServices(const Parameters&, const DsmBehaviour&);
  /// The ZIP of `export`. @returns nothing when there is no such entry.
  [[nodiscard]] std::optional<std::string> archive(const std::string& id) const;

  std::string add(const DsmCertificateSpec&, std::chrono::sys_seconds now);
  void addService(const DsmService& service, const std::string& id) { services_.push_back({service, id}); }
  void assign(const std::string& service, const std::string& id);  // "subscriber/service"
  void erase(const std::string& id);

  /// What the web server shows for this server name once it has read its configuration.
  [[nodiscard]] Material identityFor(const std::string& server_name) const;

  [[nodiscard]] const std::vector<StoredCertificate>& certificates() const { return certificates_; }
  [[nodiscard]] std::vector<DsmService> proxyRules() const;
  [[nodiscard]] std::vector<StoredService> servicesOf(const std::string& id) const;
  [[nodiscard]] StoredCertificate* find(const std::string& id);
  [[nodiscard]] const StoredCertificate& theDefault() const;

 private:
  [[nodiscard]] Json describe(const StoredCertificate&, const DsmBehaviour&) const;
  [[nodiscard]] bool carriesWebServer(const std::string& id) const;
  void makeDefault(StoredCertificate&, const DsmBehaviour&);
  void demote(StoredCertificate&);

  std::vector<StoredCertificate> certificates_;
  std::vector<StoredService> services_;
};

}  // namespace sidecert::testing::emulator
