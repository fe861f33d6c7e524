#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "acme/known_cas.h"
#include "app/memory/acme_memory.h"
#include "app/memory/record_memory.h"
#include "app/migrate/import.h"
#include "app/plan/plan.h"
#include "base/http/http.h"
#include "config/settings.h"
#include "crypto/key.h"
#include "crypto/x509.h"
#include "dns/name.h"
#include "state/certificate_folder.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

class Import {
 public:
  Import(const acme_sh::Home& home, const Path& data, double draw, const Ports& ports)
      : home_(home), data_(data), draw_(draw), ports_(ports) {}

  Result<std::vector<std::string>> run() {
    for (const acme_sh::Certificate& certificate : home_.certificates) {
      if (auto done = account(certificate); !done) return std::unexpected(done.error());
      if (auto done = take(certificate); !done) return std::unexpected(done.error());
    }
    for (const acme_sh::Account& account : home_.accounts) {
      if (!used_.contains(&account))
        tell(fmt::format("account at {}: not taken over, because no certificate in this home is from there", account.host));
    }
    return std::move(lines_);
  }

 private:
  void tell(std::string line) { lines_.push_back(std::move(line)); }

  Result<> account(const acme_sh::Certificate& certificate) {
    const std::string directory = acme_sh::directoryOf(home_, certificate);
    if (directory.empty() || !accounts_.insert(directory).second) return {};
    const acme_sh::Account* found = accountAt(directory);
    if (found == nullptr) {
      tell(fmt::format("account at {}: there is none in this home, a new one will be made", acme::caName(directory)));
      return {};
    }
    used_.insert(found);
    AccountMemory files(memoryIn(data_, ports_), ports_);
    auto stored = files.load(directory);
    if (!stored) return std::unexpected(stored.error());
    if (*stored) {
      tell(fmt::format("account at {}: there is one already, it is kept", acme::caName(directory)));
      return {};
    }
    const auto key = crypto::PrivateKey::fromPem(found->key_pem.reveal());
    if (!key) {
      tell(fmt::format("account at {}: its key cannot be read, a new account will be made", acme::caName(directory)));
      return {};
    }
    acme::StoredAccount account{
        .directory = directory, .url = found->url, .key_pem = key->toPem(), .pending_key_pem = std::nullopt, .contacts = {}};
    if (auto saved = files.save(account); !saved) return saved;
    tell(fmt::format("account at {}: taken over", acme::caName(directory)));
    return {};
  }

  /// The one whose URL is at the same host and port, else in the folder of the whole path, else of the same host.
  const acme_sh::Account* accountAt(const std::string& directory) const {
    const auto url = parseUrl(directory);
    if (!url) return nullptr;
    const auto rank = [&](const acme_sh::Account& account) {
      const auto own = parseUrl(account.url);
      if (own && own->origin() == url->origin()) return 3;
      if (account.host != url->host) return 0;
      return "/" + account.path == url->target ? 2 : account.url.empty() ? 1 : 0;
    };
    const auto best = std::ranges::max_element(home_.accounts, {}, rank);
    return best == home_.accounts.end() || rank(*best) == 0 ? nullptr : &*best;
  }

  Result<> take(const acme_sh::Certificate& certificate) {
    const std::string about = "certificate " + certificate.domain;
    if (certificate.chain_pem.empty() || certificate.key_pem.empty()) {
      tell(about + ": there is none yet, it will be ordered");
      return {};
    }
    auto chain = crypto::parseChain(certificate.chain_pem);
    auto key = crypto::PrivateKey::fromPem(certificate.key_pem.reveal());
    const TimePoint now = ports_.clock.now();
    const auto good = !chain ? Result<>(std::unexpected(chain.error()))
                      : !key ? Result<>(std::unexpected(key.error()))
                             : crypto::checkChain(*chain, *key, {}, now, false);
    if (!good) {
      tell(fmt::format("{}: not taken over, it will be ordered anew: {}", about, good.error().what));
      return {};
    }
    return keep(certificate, *chain, *key, about);
  }

  Result<> keep(const acme_sh::Certificate& certificate, const std::vector<crypto::Certificate>& chain,
                const crypto::PrivateKey& key, const std::string& about) {
    config::CertificateSettings settings;
    auto first = dns::toAscii(certificate.names().front());
    if (!first) return std::unexpected(first.error());
    settings.names = {*first};
    const Path path = state::certificatePath(data_, settings.title());
    state::CertificateFolder folder(path, ports_);
    auto kept = folder.current();
    if (!kept) return std::unexpected(kept.error());
    if (*kept) {
      tell(about + ": there is one already, it is kept");
      return {};
    }
    const crypto::Certificate& leaf = chain.front();
    Record record;
    record.leaf = leaf.sha256();
    record.directory = acme_sh::directoryOf(home_, certificate);
    record.issued = leaf.notBefore();
    const Current current{.names = leaf.dnsNames(),
                          .not_before = leaf.notBefore(),
                          .not_after = leaf.notAfter(),
                          .sha256 = leaf.sha256(),
                          .key_type = key.typeText()};
    record.renewal.at = localRenewal(settings, current, draw_);
    // The record first: a certificate without one would look as if nobody knew when to renew it.
    if (auto saved = saveRecord(memoryIn(data_, ports_), settings.title(), record); !saved) return saved;
    if (auto added = folder.add(chain, key.toPem()); !added) return added;
    tell(fmt::format("{}: taken over, valid until {}", about, toWords(leaf.notAfter())));
    return {};
  }

  const acme_sh::Home& home_;
  const Path& data_;
  double draw_;
  const Ports& ports_;
  std::set<std::string> accounts_;  // directories looked after
  std::set<const acme_sh::Account*> used_;
  std::vector<std::string> lines_;
};

}  // namespace

Result<std::vector<std::string>> takeOver(const acme_sh::Home& home, const Path& data, double draw, const Ports& ports) {
  return Import(home, data, draw, ports).run();
}

}  // namespace sidecert::app
