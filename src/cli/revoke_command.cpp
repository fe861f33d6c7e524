// `sidecert revoke`: takes a certificate back at its CA. By the account that ordered it, or by the certificate's own key,
// which is how a CA believes that the key has leaked.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "acme/known_cas.h"
#include "acme/revocation.h"
#include "app/memory/acme_memory.h"
#include "app/memory/record_memory.h"
#include "app/memory/views.h"
#include "cli/command.h"
#include "cli/runtime.h"
#include "state/certificate_folder.h"
#include "state/volume.h"

namespace sidecert::cli {
namespace {

using acme::RevocationReason;

constexpr const char* kRevokeUsage =
    "usage: sidecert revoke NAME [--reason REASON] [--by-key]\n"
    "       sidecert revoke --cert FILE --server CA [--key FILE] [--reason REASON]\n"
    "  NAME      the first name of a certificate in the data folder\n"
    "  --cert    any other certificate, PEM\n"
    "  --server  the CA it came from, as in ACME_SERVER\n"
    "  --by-key  sign with the certificate's key instead of the account's; keyCompromise always does\n"
    "  --key     that key, PEM\n"
    "  --reason  %s\n";

struct Wish {
  std::string name;
  std::string certificate_file;
  std::string key_file;
  std::string server;
  RevocationReason reason = RevocationReason::Unspecified;
  bool by_key = false;
};

std::optional<Wish> parse(const std::vector<std::string>& words) {
  Wish wish;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    std::string* target = word == "--cert" ? &wish.certificate_file : word == "--key" ? &wish.key_file : nullptr;
    if (word == "--server") target = &wish.server;
    if (word == "--by-key") {
      wish.by_key = true;
    } else if (!word.starts_with("--")) {
      if (!wish.name.empty()) return std::nullopt;
      wish.name = word;
    } else if (++i == words.size() || (target == nullptr && word != "--reason")) {
      return std::nullopt;
    } else if (target == nullptr) {
      const auto reason = acme::revocationReason(words[i]);
      if (!reason) return std::nullopt;
      wish.reason = *reason;
    } else {
      *target = words[i];
    }
  }
  const bool by_file = !wish.certificate_file.empty();
  if (wish.name.empty() != by_file || by_file != !wish.server.empty()) return std::nullopt;
  if (!wish.key_file.empty() || wish.reason == RevocationReason::KeyCompromise) wish.by_key = true;
  if (by_file && wish.by_key && wish.key_file.empty()) return std::nullopt;
  return wish;
}

/// The folder of the certificate that is in use and is this one.
std::optional<std::string> titleOf(const crypto::Certificate& certificate, const app::Memory& memory, const Ports& ports) {
  const auto views = app::viewAll(memory, ports);
  if (!views) return std::nullopt;
  const auto found = std::ranges::find_if(
      *views, [&](const app::View& seen) { return seen.current && seen.current->sha256 == certificate.sha256(); });
  return found == views->end() ? std::nullopt : std::optional(found->title);
}

/// What is to be revoked, and where.
struct Subject {
  crypto::Certificate certificate;
  std::optional<Secret> key_pem;
  std::string directory;
  std::optional<std::string> title;  // of its folder in the data folder
};

Result<std::string> readFile(FileSystem& files, const std::string& path) {
  auto bytes = files.read(path);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return fail(ErrorCode::Settings, "there is no file " + path, "inside the container the path may differ");
  return **bytes;
}

Result<Subject> fromFiles(const Wish& wish, const app::Memory& memory, const Ports& ports) {
  const auto pem = readFile(ports.files, wish.certificate_file);
  if (!pem) return std::unexpected(pem.error());
  const auto chain = crypto::parseChain(*pem);
  if (!chain) return within("--cert", chain.error());
  const acme::KnownCa* known = acme::findKnownCa(wish.server);
  Subject subject{.certificate = chain->front(),
                  .key_pem = std::nullopt,
                  .directory = known == nullptr || wish.server.contains("://") ? wish.server : std::string(known->directory),
                  .title = titleOf(chain->front(), memory, ports)};
  if (!wish.key_file.empty()) {
    auto key = readFile(ports.files, wish.key_file);
    if (!key) return std::unexpected(key.error());
    subject.key_pem = Secret(*std::move(key));
  }
  return subject;
}

Result<Subject> fromDataFolder(const std::string& name, const app::Memory& memory, const Ports& ports) {
  const std::string title = name.starts_with("*.") ? "_" + name.substr(1) : name;
  const Path folder = state::certificatePath(memory.data, title);
  const auto kept = state::CertificateFolder(folder, ports).current();
  if (!kept) return std::unexpected(kept.error());
  if (!*kept)
    return fail(ErrorCode::Settings, fmt::format("there is no certificate {} in {}", name, memory.data.string()),
                "`sidecert status` lists them");
  const auto record = app::loadRecord(memory, title);
  if (!record) return std::unexpected(record.error());
  if (record->directory.empty())
    return fail(ErrorCode::Settings, "it is not noted which CA issued this certificate",
                fmt::format("use --cert {} with --server", (folder / "current" / "cert.pem").string()));
  return Subject{
      .certificate = (*kept)->chain.front(), .key_pem = (*kept)->key_pem, .directory = record->directory, .title = title};
}

// The next pass replaces it.
Result<> noteRevoked(const app::Memory& memory, const std::string& title, const std::string& sha256, TimePoint now) {
  auto record = app::loadRecord(memory, title);
  if (!record) return std::unexpected(record.error());
  record->leaf = sha256;
  record->revoked = now;
  return app::saveRecord(memory, title, *record);
}

Result<acme::Revoked> revokeAt(const Subject& subject, const Wish& wish, const app::Memory& memory, const Ports& ports) {
  if (!wish.by_key) {
    app::AccountMemory accounts(memory, ports);
    return acme::revokeByAccount(subject.directory, subject.certificate, wish.reason, accounts, ports);
  }
  const auto key = crypto::PrivateKey::fromPem(subject.key_pem ? subject.key_pem->reveal() : "");
  if (!key) return within("reading the certificate's key", key.error());
  return acme::revokeByKey(subject.directory, subject.certificate, wish.reason, *key, ports);
}

}  // namespace

int revoke(const Invocation& invocation) {
  const auto wish = parse(invocation.arguments);
  if (!wish) {
    std::fprintf(stderr, kRevokeUsage, acme::revocationReasons().c_str());
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, true);
  if (runtime == nullptr) return kWrongSettings;
  runtime->stopOnSignals();
  const Ports ports = runtime->ports();
  const auto complain = [&](const Error& error) {
    ports.log.error("not revoked: {}", describe(error));
    return error.code == ErrorCode::Settings ? kWrongSettings : kFailed;
  };
  const auto volume = state::Volume::open(runtime->settings().data, ports);
  if (!volume) return complain(volume.error());
  const app::Memory memory = app::memoryIn(volume->path(), ports);
  const auto subject = wish->name.empty() ? fromFiles(*wish, memory, ports) : fromDataFolder(wish->name, memory, ports);
  if (!subject) return complain(subject.error());
  const auto revoked = revokeAt(*subject, *wish, memory, ports);
  if (!revoked) return complain(revoked.error());
  ports.log.info("{} {} the certificate of {} valid until {}", acme::caName(subject->directory),
                 *revoked == acme::Revoked::Now ? "has revoked" : "had revoked before",
                 subject->certificate.dnsNames().empty() ? "no name" : subject->certificate.dnsNames().front(),
                 toWords(subject->certificate.notAfter()));
  if (!subject->title) return kDone;
  if (auto noted = noteRevoked(memory, *subject->title, subject->certificate.sha256(), ports.clock.now()); !noted) {
    ports.log.error("that a new one is due could not be noted: {}", describe(noted.error()));
    return kFailed;
  }
  ports.log.info("a new one, with a new key, is due: restart the container, or use `sidecert renew`");
  return kDone;
}

}  // namespace sidecert::cli
