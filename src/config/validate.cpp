#include "config/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/http/http.h"
#include "base/text.h"
#include "config/basis.h"
#include "config/labels.h"
#include "config/read_nas.h"
#include "config/reader.h"
#include "config/shared_nas.h"

namespace sidecert::config {
namespace {

using namespace variables;

template <class T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

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
constexpr Words<RenewalDriver, 2> kDrivers{{{"restart", RenewalDriver::Restart}, {"resident", RenewalDriver::Resident}}};
constexpr Words<LogLevel, 4> kLevels{
    {{"debug", LogLevel::Debug}, {"info", LogLevel::Info}, {"warning", LogLevel::Warning}, {"error", LogLevel::Error}}};
constexpr Words<LogFormat, 2> kFormats{{{"text", LogFormat::Text}, {"json", LogFormat::Json}}};
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

const KnownProvider* findProvider(const Vocabulary& vocabulary, std::string_view word) {
  for (const KnownProvider& provider : vocabulary.providers) {
    if (equalsIgnoringCase(provider.id, word) || equalsIgnoringCase(provider.id, "dns_" + std::string(word)) ||
        std::ranges::any_of(provider.aliases, [&](const std::string& alias) { return equalsIgnoringCase(alias, word); }))
      return &provider;
  }
  return nullptr;
}

std::string suggestProvider(const Vocabulary& vocabulary, std::string_view word) {
  const KnownProvider* best = nullptr;
  std::size_t least = 4;
  for (const KnownProvider& provider : vocabulary.providers) {
    const std::size_t d = std::min(editDistance(provider.id, lower(word)), editDistance(provider.id, "dns_" + lower(word)));
    if (d < least) {
      least = d;
      best = &provider;
    }
  }
  return best != nullptr ? fmt::format("; did you mean {}?", best->id) : "; `sidecert providers` lists all";
}

void readProviders(Reader& reader, const Vocabulary& vocabulary, CertificateSettings& certificate) {
  const std::vector<std::string> choices = reader.list(kDns);
  if (choices.empty() && certificate.challenge != ChallengeKind::DnsPersist01)
    reader.fault(kDns, "is not set; name the DNS provider of your domain, for example dns_cf (see `sidecert providers`)");
  for (const std::string& choice : choices) {
    const std::size_t equals = choice.find('=');
    const std::string word = equals == std::string::npos ? choice : choice.substr(equals + 1);
    const KnownProvider* provider = findProvider(vocabulary, word);
    if (provider == nullptr) {
      reader.fault(kDns, fmt::format("there is no provider '{}'{}", excerpt(word, 60), suggestProvider(vocabulary, word)));
      continue;
    }
    if (!provider->mistake.empty()) {
      reader.fault(kDns, fmt::format("the definition of {} has a mistake: {}", provider->id, provider->mistake));
      continue;
    }
    ProviderChoice chosen{.zone = {}, .provider = provider->id};
    if (equals != std::string::npos) {
      auto zone = vocabulary.to_ascii(choice.substr(0, equals));
      if (!zone) {
        reader.fault(kDns, fmt::format("'{}' is no zone: {}", excerpt(choice.substr(0, equals), 80), zone.error().what));
        continue;
      }
      chosen.zone = *zone;
    }
    for (const std::string& name : provider->variables) {
      if (auto value = reader.value(name); value && !value->empty())
        certificate.provider_variables.insert_or_assign(name, *value);
    }
    certificate.providers.push_back(std::move(chosen));
  }
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
  if (const auto seconds = reader.number(kDnsTimeout, 10, 86400)) certificate.dns_timeout = std::chrono::seconds(*seconds);
}

void readAccount(Reader& reader, CertificateSettings& certificate) {
  certificate.email = reader.text(kEmail);
  if (!certificate.email.empty() && certificate.email.find('@') == std::string::npos)
    reader.fault(kEmail, fmt::format("'{}' is no e-mail address", excerpt(certificate.email, 80)));
  certificate.eab_kid = reader.text(kEabKid);
  certificate.eab_hmac_key = reader.secret(kEabHmacKey);
  certificate.eab_algorithm = reader.choice(kEabAlgorithm, kEabAlgorithms, EabAlgorithm::Hs256);
  if (certificate.eab_kid.empty() != certificate.eab_hmac_key.empty())
    reader.fault(certificate.eab_kid.empty() ? kEabKid : kEabHmacKey,
                 "is not set; ACME_EAB_KID and ACME_EAB_HMAC_KEY belong together");
}

/// Where a value is looked for: the certificate's own word first, then the NAS's.
std::vector<std::string> prefixesOf(const std::string& certificate, const std::string& nas) {
  std::vector<std::string> prefixes;
  if (!certificate.empty()) prefixes.push_back("CERT_" + certificate + "_");
  if (!nas.empty()) prefixes.push_back("NAS_" + nas + "_");
  return prefixes;
}

/// Whose values these are, for faults. Beside labels also what has none is told apart.
std::string aboutCertificate(const std::string& label, const std::vector<std::string>& labels) {
  return label.empty() ? (labels.size() > 1 ? "the certificate without a label" : "") : "certificate " + label;
}

std::string aboutNas(const std::string& label, const std::vector<std::string>& labels) {
  return label.empty() ? (labels.size() > 1 ? "the NAS without a label" : "") : "NAS " + label;
}

std::string together(const std::string& certificate, const std::string& nas) {
  return certificate.empty() || nas.empty() ? certificate + nas : certificate + ", " + nas;
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

CertificateSettings readCertificate(Environment& environment, const std::string& label, const std::string& about,
                                    const Vocabulary& vocabulary, Purpose purpose) {
  Reader reader(environment, prefixesOf(label, ""), about);
  CertificateSettings certificate;
  certificate.label = label;
  if (purpose == Purpose::Deploy) return certificate;
  if (readDeployFrom(environment, reader, vocabulary, certificate)) return certificate;
  if (purpose != Purpose::Dns) certificate.challenge = reader.choice(kChallengeKind, kChallenges, ChallengeKind::Dns01);
  readProviders(reader, vocabulary, certificate);
  readChallenge(reader, vocabulary, certificate);
  if (purpose == Purpose::Dns) return certificate;
  certificate.names = readNames(reader, vocabulary, certificate.alias_domains);
  certificate.key_length = reader.choice(kKeyLength, kKeyLengths, KeyLength::Ec256);
  certificate.reuse_key = reader.flag(kReuseKey);
  certificate.servers = readServers(reader, vocabulary, certificate);
  readAccount(reader, certificate);
  certificate.profiles = reader.list(kProfile);
  certificate.preferred_chain = reader.text(kPreferredChain);
  if (const auto days = reader.number(kRenewDays, 1, 364)) certificate.renew_days = std::chrono::days(*days);
  return certificate;
}

void readTargets(Environment& environment, const std::vector<std::string>& nas_labels, const std::string& about,
                 CertificateSettings& certificate) {
  Reader reader(environment, prefixesOf(certificate.label, ""), about);
  std::vector<std::string> wanted;
  for (const std::string& label : reader.list(kNas)) {
    wanted.push_back(upper(label));
    if (!std::ranges::contains(nas_labels, wanted.back()))
      reader.fault(kNas, fmt::format("'{}' is no label of a NAS; {}", excerpt(label, 40),
                                     nas_labels.empty() ? "there are none" : "there is " + join(nas_labels, ", ")));
  }
  for (const std::string& label : wanted.empty() ? nas_labels : wanted) {
    Reader of_nas(environment, prefixesOf(certificate.label, label), together(about, aboutNas(label, nas_labels)));
    certificate.targets.push_back(readNas(of_nas, label));
    certificate.targets.back().basis = basisOf(environment, prefixesOf(certificate.label, label), Effect::Target);
  }
}

/// Without labels a certificate is known by its names.
void refuseDoubles(Environment& environment, const std::vector<CertificateSettings>& certificates) {
  std::set<std::set<std::string>> known;
  for (const CertificateSettings& certificate : certificates) {
    if (!certificate.names.empty() && !known.emplace(certificate.names.begin(), certificate.names.end()).second)
      environment.fault(kDomains.name, fmt::format("two certificates are for the same names ({}); one is enough",
                                                   join(certificate.names, ", ")));
  }
}

/// Separated by blanks, line ends or commas; a comma inside a URL is written %2C.
void readNotifyUrls(Reader& reader, const Vocabulary& vocabulary, Settings& settings) {
  int number = 0;
  const Secret typed = reader.secret(kNotifyUrls);
  for (const std::string& url : splitList(typed.reveal(), ", \n\r\t")) {
    ++number;
    const auto known = vocabulary.check_notify_url ? vocabulary.check_notify_url(url) : Result<>();
    if (!known) {
      reader.fault(kNotifyUrls, fmt::format("address {}: {}; {}", number, known.error().what, known.error().hint));
    } else {
      settings.notify_urls.emplace_back(url);
    }
  }
}

void readHeartbeatUrl(Reader& reader, Settings& settings) {
  settings.heartbeat_url = Secret(std::string(trim(reader.secret(kHeartbeatUrl).reveal())));
  if (!settings.heartbeat_url.empty() && !parseUrl(settings.heartbeat_url.reveal()))
    reader.fault(kHeartbeatUrl, "is no URL, such as https://hc-ping.com/your-check");
}

/// A port, :port, host:port or [host]:port.
void readStatusListen(Reader& reader, Settings& settings) {
  const std::string typed = reader.text(kStatusListen);
  if (typed.empty()) return;
  const std::size_t port_at = typed.rfind(':') + 1;  // 0 when there is no colon
  const std::string host = typed.substr(0, port_at == 0 ? 0 : port_at - 1);
  const auto port = parseNumber(typed.substr(port_at));
  const std::string origin = "http://" + (host.empty() ? "localhost" : lower(host));
  const auto url = parseUrl(origin);
  if (!port || *port == 0 || *port > 65535 || !url || url->origin() != origin) {
    reader.fault(kStatusListen,
                 fmt::format("'{}' is no address to listen at, such as 127.0.0.1:8090 or 8090", excerpt(typed, 60)));
    return;
  }
  settings.status_listen = {.host = host.empty() ? "" : url->host, .port = static_cast<std::uint16_t>(*port)};
}

void readStatusHosts(Reader& reader, Settings& settings) {
  for (const std::string& typed : splitList(lower(reader.text(kStatusHost)), ", ")) {
    const auto url = parseUrl("http://" + typed);
    if (url && url->origin() == "http://" + typed) {
      settings.status_hosts.push_back(url->host);
    } else {
      reader.fault(kStatusHost, fmt::format("'{}' is no host name, such as status.example.net", excerpt(typed, 60)));
    }
  }
}

void readGlobals(Environment& environment, const Vocabulary& vocabulary, Settings& settings) {
  Reader reader(environment, {}, "");
  if (const std::string data = reader.text(kData); !data.empty()) settings.data = data;
  if (!settings.data.is_absolute()) reader.fault(kData, fmt::format("'{}' is no absolute path", settings.data.string()));
  settings.ephemeral = reader.flag(kEphemeral);
  settings.driver = reader.choice(kRenewalDriver, kDrivers, RenewalDriver::Restart);
  settings.log_level = reader.choice(kLogLevel, kLevels, LogLevel::Info);
  settings.log_format = reader.choice(kLogFormat, kFormats, LogFormat::Text);
  readStatusListen(reader, settings);
  readStatusHosts(reader, settings);
  readNotifyUrls(reader, vocabulary, settings);
  readHeartbeatUrl(reader, settings);
  settings.dns_resolvers = reader.list(kDnsResolvers);
  settings.trust_files = reader.list(kSslCertFile);
  settings.https_proxy = reader.secret(kHttpsProxy);
  settings.http_proxy = reader.secret(kHttpProxy);
  settings.all_proxy = reader.secret(kAllProxy);
  settings.no_proxy = reader.text(kNoProxy);
}

std::set<std::string> providerVariables(const Vocabulary& vocabulary) {
  std::set<std::string> names;
  for (const KnownProvider& provider : vocabulary.providers)
    names.insert(provider.variables.begin(), provider.variables.end());
  return names;
}

Validated finish(const Environment& environment, Settings settings) {
  Validated result{.settings = std::nullopt,
                   .faults = environment.faults(),
                   .notes = environment.notes(),
                   .watched = {environment.watched().begin(), environment.watched().end()}};
  std::set<std::string> seen;  // a value shared by several labels is wrong once
  std::erase_if(result.faults, [&](const std::string& fault) { return !seen.insert(fault).second; });
  if (result.faults.empty()) result.settings = std::move(settings);
  return result;
}

}  // namespace

Validated validate(Environment& environment, const Vocabulary& vocabulary, Purpose purpose) {
  const std::set<std::string> provider_names = providerVariables(vocabulary);
  Settings settings;
  readGlobals(environment, vocabulary, settings);
  if (purpose == Purpose::Look) return finish(environment, std::move(settings));

  std::vector<std::string> nas_labels = nasLabels(environment, provider_names);
  if (nas_labels.empty() && purpose == Purpose::Deploy) nas_labels.emplace_back();
  std::vector<std::string> labels = certificateLabels(environment, provider_names);
  if (purpose == Purpose::Deploy) labels = {""};
  for (const std::string& label : labels) {
    const std::string about = aboutCertificate(label, labels);
    CertificateSettings certificate = readCertificate(environment, label, about, vocabulary, purpose);
    certificate.basis = basisOf(environment, prefixesOf(label, ""), Effect::Issuing, certificate.provider_variables);
    if (purpose != Purpose::Dns) readTargets(environment, nas_labels, about, certificate);
    if (!certificate.deploy_from.empty() && certificate.targets.empty())
      environment.fault(kDeployFrom.name, "is set, but no SYNO_ variable says where to deploy");
    settings.certificates.push_back(std::move(certificate));
  }
  refuseDoubles(environment, settings.certificates);
  settleSharedNas(environment, settings.certificates);
  environment.suggest(provider_names);
  return finish(environment, std::move(settings));
}

}  // namespace sidecert::config
