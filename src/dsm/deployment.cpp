#include "dsm/deployment.h"

#include "dsm/deployer.h"
#include "dsm/reach.h"
#include "dsm/web_api.h"

namespace sidecert::dsm {

namespace {

// A container starts before DSM's web server when the NAS boots.
constexpr Duration kBootPatience{180'000};

}  // namespace

void forgetRefusal(TargetState& state) {
  state.refused_credentials.clear();
  state.refused_code = 0;
  state.refused_until.reset();
}

Result<Deployment> deploy(const config::NasSettings& settings, TargetState& state, const Material& material,
                          const Ports& ports) {
  const auto files = prepare(material, ports);
  if (!files) return std::unexpected(files.error());
  WebApi api(settings, state, material.leaf.sha256(), ports);
  if (auto opened = api.open(kBootPatience); !opened) return std::unexpected(opened.error());
  Deployer deployer(settings, state, material.leaf, api, [&api] { return api.served(); }, ports);
  return deployer.run(*files);
}

}  // namespace sidecert::dsm
