#include "state/certificate_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/key.h"

namespace sidecert::state {
namespace {

constexpr std::size_t kVersionsKept = 5;

std::string versionName(TimePoint now, const crypto::Certificate& leaf) {
  std::string stamp = toIso(now);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}-{}", stamp, leaf.sha256().substr(0, 12));
}

/// "versions/NAME", as `add` makes it. The link is the one in the data folder that is followed, and only by this rule:
/// whoever can write there could let it point at any key and certificate.
bool isVersion(const Path& target) {
  return std::ranges::distance(target) == 2 && *target.begin() == "versions" && *std::next(target.begin()) != ".." &&
         target.has_filename();
}

bool startsWithDigit(const std::string& name) {
  return !name.empty() && name.front() >= '0' && name.front() <= '9';
}

}  // namespace

Result<std::optional<KeptCertificate>> CertificateFolder::current() {
  const Path current = folder_ / "current";
  auto target = ports_.files.readLink(current);
  if (!target) return std::unexpected(target.error());
  if (!*target) return std::nullopt;
  if (!isVersion(**target)) {
    ports_.log.warning("{} points at {}, which is none of its versions; a new certificate is needed", current.string(),
                       excerpt((*target)->string()));
    return std::nullopt;
  }
  const Path version = folder_ / **target;
  auto full = ports_.files.read(version / "fullchain.pem");
  if (!full) return std::unexpected(full.error());
  auto key = ports_.files.read(version / "key.pem");
  if (!key) return std::unexpected(key.error());
  if (!*full || !*key) {
    ports_.log.warning("{} is incomplete; a new certificate is needed", current.string());
    return std::nullopt;
  }
  auto chain = crypto::parseChain(**full);
  auto private_key = crypto::PrivateKey::fromPem(**key);
  if (!chain || !private_key || !chain->front().isFor(*private_key)) {
    ports_.log.warning("the files in {} do not belong together; a new certificate is needed", current.string());
    return std::nullopt;
  }
  KeptCertificate kept{.chain = *chain, .leaf_pem = chain->front().toPem(), .chain_pem = {}, .key_pem = Secret(**key)};
  for (std::size_t i = 1; i < chain->size(); ++i) kept.chain_pem += (*chain)[i].toPem();
  return kept;
}

Result<> CertificateFolder::add(const std::vector<crypto::Certificate>& chain, const Secret& key_pem) {
  const Path versions = folder_ / "versions";
  const std::string name = versionName(ports_.clock.now(), chain.front());
  const Path version = versions / name;
  FileSystem& files = ports_.files;
  if (auto made = files.makeDirectories(version, kPublicDirectory); !made) return made;

  const std::string leaf = chain.front().toPem();
  std::string rest;
  for (std::size_t i = 1; i < chain.size(); ++i) rest += chain[i].toPem();
  struct File {
    const char* name;
    std::string bytes;
    unsigned mode;
  };
  const std::array<File, 4> wanted{{{"key.pem", key_pem.reveal(), kPrivateFile},
                                    {"cert.pem", leaf, kPublicFile},
                                    {"chain.pem", rest, kPublicFile},
                                    {"fullchain.pem", leaf + rest, kPublicFile}}};
  for (const File& file : wanted) {
    if (auto written = files.writeSynced(version / file.name, file.bytes, file.mode); !written) return written;
  }
  if (auto synced = files.syncDirectory(version); !synced) return synced;
  if (auto synced = files.syncDirectory(versions); !synced) return synced;
  if (auto linked = replaceLink(files, Path("versions") / name, folder_ / "current"); !linked) return linked;

  // Old versions go last: a failure here costs disk space, never a certificate.
  auto names = files.list(versions);
  if (!names) return std::unexpected(names.error());
  // What is not ours stays: DSM puts an @eaDir into every folder.
  std::erase_if(*names, [&](const std::string& other) { return other == name || !startsWithDigit(other); });
  while (names->size() >= kVersionsKept) {
    if (auto removed = files.remove(versions / names->front()); !removed) {
      ports_.log.warning("an old version could not be removed: {}", describe(removed.error()));
      break;
    }
    names->erase(names->begin());
  }
  return {};
}

}  // namespace sidecert::state
