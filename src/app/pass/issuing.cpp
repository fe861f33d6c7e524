#include "app/pass/issuing.h"

#include "app/memory/acme_memory.h"
#include "app/memory/record_memory.h"
#include "app/pass/acme_words.h"
#include "app/pass/revocation_look.h"
#include "app/plan/ca_choice.h"
#include "base/text.h"

namespace sidecert::app {
namespace {

constexpr Duration kAskAgainWithoutAdvice = std::chrono::days(1);

crypto::KeyType keyType(config::KeyLength length) {
  switch (length) {
    case config::KeyLength::Ec256: return crypto::KeyType::EcP256;
    case config::KeyLength::Ec384: return crypto::KeyType::EcP384;
    case config::KeyLength::Rsa2048: return crypto::KeyType::Rsa2048;
    case config::KeyLength::Rsa3072: return crypto::KeyType::Rsa3072;
    case config::KeyLength::Rsa4096: return crypto::KeyType::Rsa4096;
  }
  return crypto::KeyType::EcP256;
}

acme::CertificateRequest requestFor(const CertificateCase& about) {
  const config::CertificateSettings& settings = about.settings;
  acme::CertificateRequest wanted{
      .directory = chooseServer(settings.servers, about.ledger.ledger(), settings.title(), about.now()),
      .names = settings.names,
      .key_type = keyType(settings.key_length),
      .reuse_key_pem = std::nullopt,
      .contacts = {},
      .external_account = externalAccountIn(settings),
      .profiles = settings.profiles,
      .preferred_chain = settings.preferred_chain,
      .replaces = std::nullopt};
  if (settings.reuse_key && about.kept && !about.record.revoked) wanted.reuse_key_pem = about.kept->key_pem;
  if (!settings.email.empty()) wanted.contacts.push_back("mailto:" + settings.email);
  wanted.challenge = challengeIn(settings);
  wanted.dns01_possible = !settings.providers.empty();
  if (about.current) wanted.needed_by = about.current->not_after;
  if (about.kept && about.record.directory == wanted.directory) wanted.replaces = about.kept->chain.front();
  return wanted;
}

void orderFailed(CertificateCase& about, const std::string& directory, const Error& error) {
  if (error.code != ErrorCode::Stopped) {
    if (auto noted = about.ledger.failed(about.settings.title(), directory, error); !noted)
      about.ports.log.error("{}", describe(noted.error()));
  }
  about.issuingFailed(error);
}

struct Origin {
  std::string directory, account, profile;
  std::vector<std::string> names;  // that were ordered
};

/// The certificate is stored; now the record says so, and last the order is forgotten. A kill in between is made up for by
/// `finishStored`.
Result<> noteIssued(CertificateCase& about, const Origin& origin, OrderMemory& orders) {
  Record& record = about.record;
  record.directory = origin.directory;
  record.account = origin.account;
  record.profile = origin.profile;
  record.issued = about.now();
  record.revoked.reset();
  record.label = about.settings.label;
  record.leaf = about.current->sha256;
  record.names = origin.names;
  record.renewal = {.window = std::nullopt,
                    .at = localRenewal(about.settings, *about.current, about.world.draw()),
                    .ask_again = std::nullopt};
  recordSuccess(record.issuing, about.now());
  recordDnsSeen(record, about.settings, about.now());
  if (auto saved = saveRecord(about.memory, about.settings.title(), record); !saved) return saved;
  return orders.done();
}

Result<> store(CertificateCase& about, const acme::IssuedCertificate& issued, const Origin& origin, OrderMemory& orders) {
  if (auto noted = orders.storing(issued.chain.front().sha256()); !noted) return noted;
  state::CertificateFolder folder(about.folder, about.ports);
  if (auto stored = folder.add(issued.chain, issued.key_pem); !stored) return stored;
  if (auto loaded = about.loadCertificate(); !loaded) return loaded;
  if (!about.current)
    return fail(ErrorCode::Storage, "the stored certificate cannot be read back",
                "look into " + about.currentFolder() + " and at the health of the disk");
  return noteIssued(about, origin, orders);
}

}  // namespace

OrderMemory orderFile(CertificateCase& about) {
  return {about.memory,
          {.certificate = about.settings.title(), .renewal = about.current.has_value(), .life = about.life()},
          about.ledger,
          about.ports};
}

void finishStored(CertificateCase& about) {
  if (!about.current) return;
  OrderMemory orders = orderFile(about);
  const auto stored = orders.stored();
  if (!stored || *stored != about.current->sha256) return;
  const auto order = orders.load();
  if (!order || !*order) return;
  about.record.issuing.settings = issuingDigest(about.settings);
  const Origin origin{.directory = (*order)->directory,
                      .account = (*order)->account,
                      .profile = (*order)->profile,
                      .names = (*order)->names};
  if (auto noted = noteIssued(about, origin, orders); !noted)
    about.ports.log.error("what happened could not be saved: {}", describe(noted.error()));
}

void order(CertificateCase& about, acme::ChallengePublisher& challenges, const std::string& reason) {
  about.record.issuing.settings = issuingDigest(about.settings);
  const acme::CertificateRequest request = requestFor(about);
  about.ports.log.info("ordering a certificate for {}: {}", join(about.settings.names, ", "), reason);
  if (request.directory != about.settings.servers.front())
    about.ports.log.warning("{} failed too often of late; the order goes to {}", about.settings.servers.front(),
                            request.directory);
  AccountMemory accounts(about.memory, about.ports, &about.ledger);
  OrderMemory orders = orderFile(about);
  auto issued = about.world.outside.obtain(request, accounts, orders, challenges, about.ports);
  if (!issued) return orderFailed(about, request.directory, issued.error());
  const Origin origin{
      .directory = request.directory, .account = issued->account, .profile = issued->profile, .names = request.names};
  if (auto stored = store(about, *issued, origin, orders); !stored)
    return orderFailed(about, request.directory, stored.error());
  about.ports.log.info("certificate and key stored in {}", about.currentFolder());
}

void askAdvice(CertificateCase& about) {
  Record& record = about.record;
  const std::string& directory = record.directory.empty() ? about.settings.servers.front() : record.directory;
  auto advice = about.world.outside.renewal_advice(directory, about.kept->chain.front(), about.ports);
  if (record.leaf != about.current->sha256) {
    record.leaf = about.current->sha256;
    record.names.clear();
    record.renewal = {};
  }
  Renewal& renewal = record.renewal;
  const TimePoint now = about.now();
  if (advice && (!*advice || (*advice)->window.end <= now)) lookForRevocation(about);
  if (!advice) {
    renewal.ask_again = now + Duration(advice.error().retry_after.value_or(std::chrono::hours(6)));
    about.ports.log.debug("the CA's renewal advice could not be had: {}", describe(advice.error()));
  } else if (!*advice) {
    renewal.ask_again = now + kAskAgainWithoutAdvice;
  } else {
    renewal.ask_again = now + Duration((*advice)->ask_again);
    const TimePoint issued = std::min(now, record.issued.value_or(about.current->not_before));
    if (!acme::canBeFollowed((*advice)->window, issued)) {
      renewal.window.reset();
      renewal.at.reset();
      about.ports.log.info("the CA advises to renew before {}, but the certificate was issued at {}: not followed",
                           toWords((*advice)->window.end), toWords(issued));
    } else if (renewal.window != (*advice)->window) {
      const bool explained = !(*advice)->window.explanation_url.empty() &&
                             (!renewal.window || renewal.window->explanation_url != (*advice)->window.explanation_url);
      renewal.window = (*advice)->window;
      renewal.at = acme::chooseRenewalTime((*advice)->window, now, about.world.draw());
      if (explained) about.ports.log.warning("the CA explains its advice at {}", (*advice)->window.explanation_url);
      about.ports.log.info("the CA advises to renew between {} and {}; it will be at {}", toWords((*advice)->window.start),
                           toWords((*advice)->window.end), toWords(*renewal.at));
    }
  }
  if (!renewal.at) renewal.at = localRenewal(about.settings, *about.current, about.world.draw());
  about.save();
}

}  // namespace sidecert::app
