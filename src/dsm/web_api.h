// DSM's certificate calls over the web API, inside a session. Every call carries _sid and SynoToken in the query and the
// X-SYNO-TOKEN header: a missing one shows as 119, 105 or a misleading 103.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ports.h"
#include "config/settings.h"
#include "dsm/api.h"
#include "dsm/connection.h"
#include "dsm/discovery.h"
#include "dsm/login.h"

namespace sidecert::dsm {

/// Logs out when destroyed.
class WebApi final : public CertificateApi {
 public:
  WebApi(const config::NasSettings&, TargetState&, std::string own_leaf, const Ports&);
  ~WebApi() override;
  WebApi(const WebApi&) = delete;
  WebApi& operator=(const WebApi&) = delete;

  [[nodiscard]] Result<> open(Duration patience) override;
  [[nodiscard]] Result<std::vector<Entry>> list() override;
  [[nodiscard]] WebServer webServer() override;
  [[nodiscard]] bool refusesEcKeys() const override;
  [[nodiscard]] Result<std::string> import(const ImportOrder&, const ImportFiles&) override;
  [[nodiscard]] Result<> assign(const std::vector<Move>&) override;
  [[nodiscard]] Result<> makeDefault(const std::string& id, const std::string& description) override;
  void close() override;

 private:
  struct Call;
  struct Failure;
  /// Sent once. AnswerLost: it may have been carried out. Unreachable: it was not. An ended session is forgotten.
  [[nodiscard]] std::expected<Json, Failure> once(const Call&);
  [[nodiscard]] Result<Json> change(const Call&);
  [[nodiscard]] Result<Json> changeInFreshSession(const Call&);
  [[nodiscard]] Json tell(std::string_view api, std::string_view method);

  const config::NasSettings& settings_;
  Ports ports_;
  Connection connection_;
  Login login_;
  Discovery discovery_;
  std::optional<DsmSession> session_;
  std::optional<WebServer> web_server_;
};

}  // namespace sidecert::dsm
