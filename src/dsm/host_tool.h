// DSM's certificate calls through the host's own program synowebapi, run in the host's namespaces: no account, no second
// factor, no port. It needs a container that is root on the NAS (privileged, with the host's pid), so it is only used when
// the owner says SYNO_USE_TEMP_ADMIN=1 and gives no account. acme.sh makes a temporary administrator for the same purpose;
// this makes none, so nothing can be left behind.
// Source: setns(2), pid_namespaces(7); how synowebapi reads its arguments was seen in public clients of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "config/settings.h"
#include "dsm/api.h"

namespace sidecert::dsm {

class HostTool final : public CertificateApi {
 public:
  struct Host {
    Path process = "/proc/1";                       // a process of the host: its namespaces and its root are used
    std::string tool = "/usr/syno/bin/synowebapi";  // as seen there
  };

  /// @param settings  for where DSM shows its certificate: no request is sent to any port. Must outlive it.
  HostTool(const config::NasSettings& settings, const Ports& ports) : HostTool(settings, ports, Host{}) {}
  HostTool(const config::NasSettings& settings, const Ports& ports, Host host)
      : settings_(settings), ports_(ports), host_(std::move(host)) {}

  /// Proves that the host can be entered and is a DSM, and clears away what an interrupted import left in its /tmp.
  /// @returns Settings saying what the container lacks.
  [[nodiscard]] Result<> open(Duration patience) override;
  [[nodiscard]] Result<std::vector<Entry>> list() override;
  [[nodiscard]] WebServer webServer() override;
  [[nodiscard]] bool refusesEcKeys() const override;
  [[nodiscard]] Result<std::string> import(const ImportOrder&, const ImportFiles&) override;
  [[nodiscard]] Result<> assign(const std::vector<Move>&) override;
  [[nodiscard]] Result<> makeDefault(const std::string& id, const std::string& description) override;
  void close() override {}

 private:
  struct Ran;
  [[nodiscard]] Result<Ran> run(const std::vector<std::string>& arguments, Duration limit);
  /// @returns "data" of the answer. AnswerLost when the program ended without one.
  [[nodiscard]] Result<Json> call(std::string_view doing, std::vector<std::string> arguments, bool ec_key = false);
  [[nodiscard]] Path onHost(const std::string& path) const { return host_.process / "root" / path.substr(1); }

  const config::NasSettings& settings_;
  Ports ports_;
  Host host_;
  std::optional<WebServer> web_server_;
};

}  // namespace sidecert::dsm
