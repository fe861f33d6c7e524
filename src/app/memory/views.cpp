#include "app/memory/views.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "app/memory/ledger_file.h"
#include "app/memory/record_file.h"
#include "app/memory/said.h"
#include "app/memory/target_memory.h"
#include "base/file_error.h"
#include "crypto/key.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

Result<View> view(const Ports& ports, const Path& data, const std::string& title, const Ledger& ledger) {
  const Path folder = state::certificatePath(data, title);
  auto record = loadRecord(ports, folder);
  if (!record) return std::unexpected(record.error());
  auto kept = state::CertificateFolder(folder, ports).current();
  if (!kept) return std::unexpected(kept.error());
  View seen{.title = title, .current = std::nullopt, .record = std::move(*record), .ledger = ledger};
  if (*kept) seen.current = describeCurrent(**kept);
  return seen;
}

/// Asked without writing: a health check every two minutes must not wake the disks.
Result<> writable(const Path& data) {
  std::error_code ignored;
  if (std::filesystem::exists(data, ignored) && ::access(data.c_str(), W_OK) != 0)
    return storageFailure("write into", data, errno);
  return {};
}

std::map<std::string, LoginMemory> loginsOf(const Ports& ports, const Path& data, const config::Settings& settings) {
  std::map<std::string, LoginMemory> logins;
  for (const config::CertificateSettings& certificate : settings.certificates) {
    for (const config::NasSettings& nas : certificate.targets) {
      const auto login = loadTargetState(ports, data, state::certificatePath(data, certificate.title()), nas);
      if (login) logins[targetKey(nas)] = {.by_token = !login->device_token.empty(), .token_proved = login->token_proved};
    }
  }
  return logins;
}

}  // namespace

Current describeCurrent(const state::KeptCertificate& kept) {
  const crypto::Certificate& leaf = kept.chain.front();
  const auto key = crypto::PrivateKey::fromPem(kept.key_pem.reveal());
  return {.names = leaf.dnsNames(),
          .not_before = leaf.notBefore(),
          .not_after = leaf.notAfter(),
          .sha256 = leaf.sha256(),
          .key_type = key ? key->typeText() : ""};
}

Result<std::vector<View>> viewAll(const Ports& ports, const Path& data) {
  auto titles = ports.files.list(data / "certificates");
  if (!titles) return std::unexpected(titles.error());
  const auto ledger = readLedger(ports, data);
  if (!ledger) return std::unexpected(ledger.error());
  std::vector<View> views;
  for (const std::string& title : *titles) {
    if (title.starts_with('@') || title.starts_with('.')) continue;        // DSM's own @eaDir, .DS_Store
    if (!ports.files.list(state::certificatePath(data, title))) continue;  // a file
    auto seen = view(ports, data, title, *ledger);
    views.push_back(
        seen ? std::move(*seen)
             : View{.title = title, .current = std::nullopt, .record = {}, .ledger = {}, .unreadable = seen.error()});
  }
  return views;
}

Remembered recall(const Ports& ports, const Path& data, const config::Settings* settings) {
  Remembered all;
  auto views = viewAll(ports, data);
  if (const auto usable = writable(data); !usable) {
    all.unusable = usable.error();
  } else if (!views) {
    all.unusable = views.error();
  }
  if (views) all.certificates = std::move(*views);
  if (settings != nullptr) all.logins = loginsOf(ports, data, *settings);
  if (const auto said = loadSaid(ports, data)) {
    for (const auto& [key, fact] : *said) all.since[key] = fact.since;
  }
  return all;
}

}  // namespace sidecert::app
