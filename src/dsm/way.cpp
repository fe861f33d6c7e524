#include "dsm/way.h"

#include "dsm/host_tool.h"
#include "dsm/web_api.h"

namespace sidecert::dsm {

std::unique_ptr<CertificateApi> chooseWay(const config::NasSettings& settings, TargetState& state, std::string own_leaf,
                                          const Ports& ports) {
  if (settings.use_temp_admin && settings.username.empty()) return std::make_unique<HostTool>(settings, ports);
  return std::make_unique<WebApi>(settings, state, std::move(own_leaf), ports);
}

}  // namespace sidecert::dsm
