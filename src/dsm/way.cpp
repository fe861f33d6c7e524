#include "dsm/way.h"

#include "dsm/connection.h"
#include "dsm/host_tool.h"
#include "dsm/web_api.h"

namespace sidecert::dsm {

Way chooseWay(const config::NasSettings& settings, TargetState& state, std::string own_leaf, const Ports& ports) {
  if (settings.use_temp_admin && settings.username.empty()) {
    // Whatever port is set: no request is sent to it, and the proof is looked for where DSM serves https.
    Endpoint served{.host = settings.host == "localhost" ? "127.0.0.1" : settings.host,
                    .port = settings.scheme == "https" ? settings.port : kDefaultHttpsPort,
                    .server_name = {}};
    return {.api = std::make_unique<HostTool>(ports), .served = [served] { return served; }};
  }
  auto web = std::make_unique<WebApi>(settings, state, std::move(own_leaf), ports);
  const WebApi* seen = web.get();
  return {.api = std::move(web), .served = [seen] { return seen->served(); }};
}

}  // namespace sidecert::dsm
