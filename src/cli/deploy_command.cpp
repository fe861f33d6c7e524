// `sidecert deploy`: the certificates there are, into every NAS now, whatever hold or window there is.
// `sidecert deploy --cert F --key F --chain F`: files made elsewhere instead. Nothing is ordered either way.
#include <cstdio>
#include <map>

#include "app/memory/nas_memory.h"
#include "app/memory/older_folders.h"
#include "app/pass/pass.h"
#include "cli/command.h"
#include "cli/runtime.h"
#include "crypto/x509.h"
#include "dsm/deployment.h"
#include "state/volume.h"

namespace sidecert::cli {
namespace {

constexpr const char* kDeployUsage =
    "usage: sidecert deploy [--cert FILE --key FILE --chain FILE]\n"
    "Without files: the certificates Sidecert has, again into every NAS.\n"
    "  --cert   the certificate (leaf), PEM\n  --key    its private key, PEM, not encrypted\n"
    "  --chain  the intermediates, PEM\n";

Result<std::string> readFile(FileSystem& files, const std::string& option, const std::string& path) {
  auto bytes = files.read(path);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes)
    return fail(ErrorCode::Settings, option + ": there is no file " + path, "inside the container the path may differ");
  return **bytes;
}

Result<dsm::Material> readMaterial(FileSystem& files, const std::map<std::string, std::string>& options) {
  auto cert = readFile(files, "--cert", options.at("--cert"));
  if (!cert) return std::unexpected(cert.error());
  auto key = readFile(files, "--key", options.at("--key"));
  if (!key) return std::unexpected(key.error());
  auto chain = readFile(files, "--chain", options.at("--chain"));
  if (!chain) return std::unexpected(chain.error());
  auto leaf = crypto::parseChain(*cert);
  if (!leaf) return within("--cert", leaf.error());
  return dsm::Material{.leaf = leaf->front(), .leaf_pem = *cert, .chain_pem = *chain, .key_pem = Secret(*key)};
}

int deployAgain(const Invocation& invocation) {
  auto runtime = Runtime::make(invocation, config::Purpose::Run, true);
  if (runtime == nullptr) return kWrongSettings;
  runtime->stopOnSignals();
  return app::pass(runtime->settings(), runtime->world(), app::Force::Deploy).failed ? kFailed : kDone;
}

}  // namespace

int deploy(const Invocation& invocation) {
  if (invocation.arguments.empty()) return deployAgain(invocation);
  std::map<std::string, std::string> options;
  const std::vector<std::string>& words = invocation.arguments;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) options[words[i]] = words[i + 1];
  if (words.size() != 6 || !options.contains("--cert") || !options.contains("--key") || !options.contains("--chain")) {
    std::fputs(kDeployUsage, stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Deploy, true);
  if (runtime == nullptr) return kWrongSettings;
  runtime->stopOnSignals();
  const Ports ports = runtime->ports();
  auto material = readMaterial(ports.files, options);
  if (!material) {
    ports.log.error("{}", describe(material.error()));
    return kWrongSettings;
  }
  const Path& data = runtime->settings().data;
  auto volume = state::Volume::open(data, ports);
  if (!volume) {
    ports.log.error("{}", describe(volume.error()));
    return kFailed;
  }
  // What is remembered of entries filled by hand is kept apart from the certificates Sidecert renews itself.
  const app::Memory memory = app::memoryIn(data, ports);
  const std::string title = "deployed-by-hand";
  if (auto done = app::bringUpToDate(memory, runtime->settings()); !done) {
    ports.log.error("{}", describe(done.error()));
    return kFailed;
  }
  bool failed = false;
  for (const config::NasSettings& nas : runtime->settings().certificates.front().targets) {
    const Ports about = ports.about(nas.title());
    auto state = app::loadTargetState(memory, title, nas);
    if (state) dsm::forgetRefusal(*state);
    Result<dsm::Deployment> deployed = state ? dsm::deploy(nas, *state, *material, about) : std::unexpected(state.error());
    if (state) {
      if (auto saved = state->writeDown(); !saved)
        about.log.warning("what was learnt of this NAS could not be saved: {}", describe(saved.error()));
    }
    if (!deployed) {
      about.log.error("not deployed: {}", describe(deployed.error()));
      failed = true;
      continue;
    }
    about.log.info(
        "certificate '{}' {}{}", deployed->description, deployed->imported ? "imported" : "was there already",
        deployed->proof == dsm::Proof::Served ? " and is served" : ": not seen served: " + deployed->proof_detail);
  }
  return failed ? kFailed : kDone;
}

}  // namespace sidecert::cli
