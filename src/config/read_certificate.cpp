#include "config/read_certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/http/http.h"
#include "base/text.h"
#include "config/read_providers.h"

namespace sidecert::config {
namespace {

using namespace variables;

constexpr Words<KeyLength, 5> kKeyLengths{{{"ec-256", KeyLength::Ec256},
                                           {"ec-384", KeyLength::Ec384},
                                           {"2048", KeyLength::Rsa2048},
                                           {"3072", KeyLength::Rsa3072},
                                           {"4096", KeyLength::Rsa4096}}};
constexpr Words<ChallengeKind, 3> kChallenges{{{"dns-01", ChallengeKind::Dns01},
                                               {"dns-account-01", ChallengeKind::DnsAccount01},
                                               {"dns-persist-01", ChallengeKind::DnsPersist01}}};
constexpr Words<EabAlgorithm, 3> kEabAlgorithms{
    {{"hs256", EabAlgorithm::Hs256}, {"hs384", EabAlgorithm::Hs384}, {"hs512", EabAlgorithm::Hs512}}};
constexpr std::size_t kMostNames = 100;  // what public CAs take in one order

/// @param all  receives every good name in the order it was typed, doubles included
std::vector<std::string> readNames(Reader& reader, const Vocabulary& vocabulary, std::vector<std::string>& all) {
  const std::vector<std::string> typed_names = reader.list(kDomains);
  if (typed_names.empty())
    reader.fault(kDomains, "is not set; write the names to certify, for example home.example,*.home.example");
  std::vector<std::string> names;
  for (const std::string& typed : typed_names) {
    auto name = vocabulary.to_ascii(typed);
    if (name) all.push_back(*name);
    if (!name) {
      reader.fault(kDomains, fmt::format("'{}': {}", excerpt(typed, 80), name.error().what));
    } else if (name->find('.') == std::string::npos) {
      reader.fault(kDomains, fmt::format("'{}' is no domain name a CA certifies", excerpt(typed, 80)));
    } else if (std::ranges::contains(names, *name)) {
      reader.note(fmt::format("{} stands twice in ACME_DOMAINS; once is enough", *name));
    } else {
      names.push_back(*name);
    }
  }
  // A CA refuses a name that a wildcard of the same order covers already (Boulder: "redundant").
  std::vector<std::string> needed;
  for (const std::string& name : names) {
    const std::size_t dot = name.find('.');
    const std::string wildcard = dot == std::string::npos ? "" : "*" + name.substr(dot);
    if (!name.starts_with("*.") && std::ranges::contains(names, wildcard)) {
      reader.note(fmt::format("{} is covered by {} and left out of the order", name, wildcard));
    } else {
      needed.push_back(name);
    }
  }
  if (needed.size() > kMostNames)
    reader.fault(kDomains, fmt::format("{} names are more than a CA takes ({})", needed.size(), kMostNames));
  return needed;
}

// What such a CA wants, and what it gives away for nothing; a paid account may have more.
void noteWishesOf(Reader& reader, const KnownCa& ca, const std::vector<std::string>& names) {
  if (ca.wants_email && reader.text(kEmail).empty()) reader.note(fmt::format("{} wants an address in ACME_EMAIL", ca.name));
  const bool wildcard = std::ranges::any_of(names, [](const std::string& name) { return name.starts_with("*."); });
  if (wildcard && !ca.wildcards) reader.note(fmt::format("{} gives free accounts no wildcard certificates", ca.name));
  if (names.size() > ca.most_names)
    reader.note(fmt::format("{} gives free accounts certificates for {} names at most", ca.name, ca.most_names));
}

std::vector<std::string> readServers(Reader& reader, const Vocabulary& vocabulary, const CertificateSettings& certificate) {
  std::vector<std::string> directories;
  std::vector<std::string> wanted = reader.list(kServer);
  if (wanted.empty()) wanted.emplace_back(kServer.fallback);
  for (const std::string& word : wanted) {
    const auto known =
        std::ranges::find_if(vocabulary.cas, [&](const KnownCa& ca) { return equalsIgnoringCase(ca.name, word); });
    if (known != vocabulary.cas.end()) {
      directories.push_back(!isEc(certificate.key_length) && !known->rsa_directory.empty() ? known->rsa_directory
                                                                                           : known->directory);
      noteWishesOf(reader, *known, certificate.names);
      if (known->needs_external_account && reader.text(kEabKid).empty())
        reader.fault(kEabKid,
                     fmt::format("{} wants an account of its own: ACME_EAB_KID and ACME_EAB_HMAC_KEY are needed; its "
                                 "web site shows both",
                                 known->name));
    } else if (const auto url = parseUrl(word); url && url->scheme == "https") {
      directories.push_back(word);
    } else {
      std::vector<std::string> names;
      names.reserve(vocabulary.cas.size());
      for (const KnownCa& ca : vocabulary.cas) names.push_back(ca.name);
      reader.fault(kServer, fmt::format("'{}' is neither the https URL of an ACME directory nor one of {}",
                                        excerpt(word, 80), join(names, ", ")));
    }
  }
  return directories;
}

constexpr std::string_view kNoAlias = "no";  // acme.sh's word

/// One alias for all domains, or one for each in the order of ACME_DOMAINS. "=name" is acme.sh's own spelling of a domain
/// alias among challenge aliases.
std::vector<std::string> readAliases(Reader& reader, const Variable& variable, const Vocabulary& vocabulary) {
  std::vector<std::string> aliases;
  for (const std::string& typed : reader.list(variable)) {
    const std::string_view mark = &variable == &kChallengeAlias && typed.starts_with('=') ? "=" : "";
    if (equalsIgnoringCase(typed, kNoAlias)) {
      aliases.emplace_back(kNoAlias);
    } else if (auto name = vocabulary.to_ascii(typed.substr(mark.size())); name) {
      aliases.push_back(std::string(mark) + *name);
    } else {
      reader.fault(variable, fmt::format("'{}': {}", excerpt(typed, 80), name.error().what));
    }
  }
  return std::ranges::all_of(aliases, [](const std::string& a) { return a == kNoAlias; }) ? std::vector<std::string>()
                                                                                          : aliases;
}

void readChallenge(Reader& reader, const Vocabulary& vocabulary, CertificateSettings& certificate) {
  const std::vector<std::string> challenge = readAliases(reader, kChallengeAlias, vocabulary);
  const std::vector<std::string> domain = readAliases(reader, kDomainAlias, vocabulary);
  certificate.challenge_alias = join(challenge, ",");
  certificate.domain_alias = join(domain, ",");
  const auto entry = [](const std::vector<std::string>& list, std::size_t i) -> std::string_view {
    return list.empty() ? kNoAlias : std::string_view(list[std::min(i, list.size() - 1)]);
  };
  for (std::size_t i = 0; i < std::max(challenge.size(), domain.size()); ++i) {
    if (entry(challenge, i) == kNoAlias || entry(domain, i) == kNoAlias) continue;
    reader.fault(
        kDomainAlias,
        fmt::format("names an alias ({}) beside that of ACME_CHALLENGE_ALIAS ({}) for the same domain; keep one, or "
                    "write \"no\" in the list that is not for this domain",
                    entry(domain, i), entry(challenge, i)));
    break;
  }
  if (const auto seconds = reader.number(kDnsSleep, 0, 3600)) certificate.dns_sleep = std::chrono::seconds(*seconds);
  if (const auto seconds = reader.number(kDnsTimeout, 10, 86400)) {
    certificate.dns_timeout = std::chrono::seconds(*seconds);
    certificate.slow_providers_take_longer = false;
  }
}

void readAccount(Reader& reader, CertificateSettings& certificate) {
  certificate.email = reader.text(kEmail);
  if (!certificate.email.empty() && certificate.email.find('@') == std::string::npos)
    reader.fault(kEmail, fmt::format("'{}' is no e-mail address", excerpt(certificate.email, 80)));
  certificate.eab_kid = reader.text(kEabKid);
  certificate.eab_hmac_key = reader.secret(kEabHmacKey);
  certificate.eab_algorithm = reader.choice(kEabAlgorithm, kEabAlgorithms);
  if (certificate.eab_kid.empty() != certificate.eab_hmac_key.empty())
    reader.fault(certificate.eab_kid.empty() ? kEabKid : kEabHmacKey,
                 "is not set; ACME_EAB_KID and ACME_EAB_HMAC_KEY belong together");
}

/// Files made elsewhere: nothing is ordered, so nothing of the CA or the DNS is asked for.
bool readDeployFrom(const Environment& environment, Reader& reader, const Vocabulary& vocabulary,
                    CertificateSettings& certificate) {
  certificate.deploy_from = reader.text(kDeployFrom);
  if (certificate.deploy_from.empty()) return false;
  if (!certificate.deploy_from.is_absolute())
    reader.fault(kDeployFrom, fmt::format("'{}' is no absolute path", certificate.deploy_from.string()));
  // Among certificates for several names, these select. Names without a label are not those of a label's own folder.
  const std::string prefix = certificate.label.empty() ? "" : "CERT_" + certificate.label + "_";
  const bool own_folder_alone = environment.isSet(kDeployFrom, prefix) && !environment.isSet(kDomains, prefix);
  if (!own_folder_alone && !reader.list(kDomains).empty())
    certificate.names = readNames(reader, vocabulary, certificate.alias_domains);
  return true;
}

}  // namespace

CertificateSettings readCertificate(Reader& reader, const Environment& environment, const std::string& label,
                                    const Vocabulary& vocabulary, Purpose purpose) {
  CertificateSettings certificate;
  certificate.label = label;
  if (purpose == Purpose::Deploy) return certificate;
  if (readDeployFrom(environment, reader, vocabulary, certificate)) return certificate;
  if (purpose != Purpose::Dns) certificate.challenge = reader.choice(variables::kChallengeKind, kChallenges);
  readProviders(reader, vocabulary, certificate);
  readChallenge(reader, vocabulary, certificate);
  if (purpose == Purpose::Dns) return certificate;
  certificate.names = readNames(reader, vocabulary, certificate.alias_domains);
  certificate.key_length = reader.choice(variables::kKeyLength, kKeyLengths);
  certificate.reuse_key = reader.flag(variables::kReuseKey);
  certificate.servers = readServers(reader, vocabulary, certificate);
  readAccount(reader, certificate);
  certificate.profiles = reader.list(variables::kProfile);
  certificate.preferred_chain = reader.text(variables::kPreferredChain);
  if (const auto days = reader.number(variables::kRenewDays, 1, 364)) certificate.renew_days = std::chrono::days(*days);
  return certificate;
}

}  // namespace sidecert::config
