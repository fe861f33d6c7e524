#include "dsm/deployment.h"

#include "dsm/deployer.h"
#include "dsm/inspection.h"
#include "dsm/way.h"

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
  const auto proved_before = state.token_proved;
  const auto api = chooseWay(settings, state, material.leaf.sha256(), ports);
  if (auto opened = api->open(kBootPatience); !opened) return std::unexpected(opened.error());
  const std::string risk = tokenRisk(settings, state, proved_before, ports.clock.now());
  if (!risk.empty()) ports.log.warning("{}", risk);
  Deployer deployer(settings, state, material.leaf, *api, ports);
  auto done = deployer.run(*files);
  if (done && !risk.empty()) done->warnings.push_back(risk);
  return done;
}

}  // namespace sidecert::dsm
