#include "app/memory/views.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "app/memory/ledger_memory.h"
#include "app/memory/nas_memory.h"
#include "app/memory/record_memory.h"
#include "app/memory/said.h"
#include "app/plan/identity.h"
#include "base/file_error.h"
#include "crypto/key.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

Result<View> view(const Memory& memory, const Ports& ports, const std::string& title, const Ledger& ledger) {
  const Path folder = state::certificatePath(memory.data, title);
  auto record = loadRecord(memory, title);
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

std::map<std::string, LoginMemory> loginsOf(const Memory& memory, const config::Settings& settings) {
  std::map<std::string, LoginMemory> logins;
  for (const config::CertificateSettings& certificate : settings.certificates) {
    for (const config::NasSettings& nas : certificate.targets) {
      const auto login = loadTargetState(memory, certificate.title(), nas);
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

Result<std::vector<View>> viewAll(const Memory& memory, const Ports& ports) {
  auto titles = ports.files.list(memory.data / "certificates");
  if (!titles) return std::unexpected(titles.error());
  const auto ledger = readLedger(memory, ports);
  if (!ledger) return std::unexpected(ledger.error());
  std::vector<View> views;
  for (const std::string& title : *titles) {
    if (title.starts_with('@') || title.starts_with('.')) continue;               // DSM's own @eaDir, .DS_Store
    if (!ports.files.list(state::certificatePath(memory.data, title))) continue;  // a file
    auto seen = view(memory, ports, title, *ledger);
    views.push_back(
        seen ? std::move(*seen)
             : View{.title = title, .current = std::nullopt, .record = {}, .ledger = {}, .unreadable = seen.error()});
  }
  return views;
}

config::Settings inTheirFolders(config::Settings settings, const std::vector<View>& views) {
  std::vector<KnownFolder> known;
  for (const View& seen : views) {
    const bool names_noted = !seen.record.names.empty() || !seen.current;
    known.push_back(
        {.title = seen.title, .label = seen.record.label, .names = names_noted ? seen.record.names : seen.current->names});
  }
  const std::vector<std::string> folders = foldersOf(settings.certificates, known);
  for (std::size_t i = 0; i < folders.size(); ++i) settings.certificates[i].folder = folders[i];
  return settings;
}

Remembered recall(const Memory& memory, const Ports& ports, const config::Settings* settings) {
  Remembered all;
  auto views = viewAll(memory, ports);
  if (const auto usable = writable(memory.data); !usable) {
    all.unusable = usable.error();
  } else if (!views) {
    all.unusable = views.error();
  }
  if (views) all.certificates = std::move(*views);
  if (settings != nullptr) all.logins = loginsOf(memory, *settings);
  if (const auto said = loadSaid(memory)) {
    for (const auto& [key, fact] : *said) all.since[key] = fact.since;
  }
  return all;
}

}  // namespace sidecert::app
