// What passed the checks. `Environment` is what was typed; `Settings` is what the program runs on.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/log.h"
#include "base/secret.h"
#include "config/variables.h"

namespace sidecert::config {

enum class KeyLength { Ec256, Ec384, Rsa2048, Rsa3072, Rsa4096 };  // ACME_KEYLENGTH in acme.sh's spelling
[[nodiscard]] constexpr bool isEc(KeyLength length) {
  return length == KeyLength::Ec256 || length == KeyLength::Ec384;
}
enum class ChallengeKind { Dns01, DnsAccount01, DnsPersist01 };
enum class EabAlgorithm { Hs256, Hs384, Hs512 };
enum class RenewalDriver { Restart, Resident };

/// The values one DNS provider was given, by acme.sh's own variable names. A value may be secret, so all are.
using ProviderVariables = std::map<std::string, Secret>;

/// A provider and the zone it is for; an empty zone means "whatever no other entry is for".
struct ProviderChoice {
  std::string zone;      // A-labels, lower case
  std::string provider;  // acme.sh's id: dns_nsupdate
};

/// The part of the owner's day in which DSM may be changed (SYNO_DEPLOY_WINDOW). `end` before `begin` crosses midnight.
struct DeployWindow {
  std::chrono::minutes begin{0}, end{0};  // since midnight, local time; begin is inside, end is not
  std::chrono::minutes utc_offset{0};     // local time minus UTC, as it is now
  bool operator==(const DeployWindow&) const = default;
};

/// DSM's ports as it comes from the factory.
inline constexpr std::uint16_t kDsmHttpPort = 5000;
inline constexpr std::uint16_t kDsmHttpsPort = 5001;

/// One DSM to deploy to. Names are Synology's and acme.sh's: SYNO_USERNAME, SYNO_CERTIFICATE …
struct NasSettings {
  std::string label;  // of NAS_<LABEL>_…; empty when there are no labels
  std::string scheme{variables::kSynoScheme.fallback};
  std::string host{variables::kSynoHostname.fallback};
  std::uint16_t port = kDsmHttpPort;
  std::optional<std::uint16_t> https_port;  // SYNO_HTTPS_PORT: where DSM shows its certificate; nothing: DSM is asked
  std::string username;
  Secret password;
  std::optional<std::string> certificate;  // SYNO_CERTIFICATE: the description to look for; unset is not the same as ""
  bool create = false;
  bool as_default = false;
  std::string device_name{variables::kSynoDeviceName.fallback};
  Secret device_id;
  Secret otp_code;
  Secret totp_secret;                 // base32
  std::vector<std::string> services;  // SYNO_SERVICES; empty: not set, then a new entry may inherit from DSM's own
  std::string tls_fingerprint;        // SHA-256 of DSM's leaf, lower-case hex without colons
  bool insecure = false;
  bool local_hostname = false;  // SYNO_LOCAL_HOSTNAME: the host is this machine under another name
  bool use_temp_admin = false;  // no account: the host's own synowebapi is called
  std::optional<DeployWindow> deploy_window;
  Secret basis;  // what the outcome of a visit depends on (config/basis.h)

  [[nodiscard]] std::string title() const;  // "NAS attic (nas.lan:5001)" or "NAS localhost:5000"
};

/// The fallback of ACME_DNS_TIMEOUT.
[[nodiscard]] std::chrono::seconds usualDnsTimeout();

struct CertificateSettings {
  std::string label;               // of CERT_<LABEL>_…; empty when there are no labels
  std::vector<std::string> names;  // A-labels, lower case, no duplicates, the owner's order; the first names the folder
  KeyLength key_length = KeyLength::Ec256;
  bool reuse_key = false;

  std::vector<std::string> servers;  // directory URLs, in order of preference
  std::string email;
  std::string eab_kid;
  Secret eab_hmac_key;
  EabAlgorithm eab_algorithm = EabAlgorithm::Hs256;
  std::vector<std::string> profiles;  // in order of preference; "!name" is required
  std::string preferred_chain;
  std::optional<std::chrono::days> renew_days;  // only where the CA has no ARI

  ChallengeKind challenge = ChallengeKind::Dns01;
  std::vector<ProviderChoice> providers;  // dns-persist-01 can do without
  ProviderVariables provider_variables;
  std::string challenge_alias;                    // acme.sh --challenge-alias; a comma list goes by alias_domains
  std::string domain_alias;                       // acme.sh --domain-alias
  std::vector<std::string> alias_domains;         // every name of ACME_DOMAINS as typed, also those left out of `names`
  std::optional<std::chrono::seconds> dns_sleep;  // a fixed wait in place of looking
  std::chrono::seconds dns_timeout = usualDnsTimeout();
  bool slow_providers_take_longer = true;  // unless the owner set ACME_DNS_TIMEOUT

  Path deploy_from;  // a folder of PEM files made elsewhere, in place of ordering; then `names` select, and may be empty

  Secret basis;  // what the outcome of an order depends on (config/basis.h)

  std::vector<NasSettings> targets;  // where it goes; empty: issue and keep the files, deploy nothing

  std::string folder;  // where it is kept, once that is known; empty: by its first name

  /// What its folder is called: `folder`, else the first name, * as _.
  [[nodiscard]] std::string title() const;
  /// What it is called in messages.
  [[nodiscard]] std::string subject() const;
};

/// Where the status page is served.
struct ListenAddress {
  std::string host;  // empty: every address of the machine
  std::uint16_t port = 0;
};

struct Settings {
  std::vector<CertificateSettings> certificates;
  Path data{variables::kData.fallback};
  bool ephemeral = false;  // the owner knows that `data` is lost with the container
  RenewalDriver driver = RenewalDriver::Restart;
  LogLevel log_level = LogLevel::Info;
  LogFormat log_format = LogFormat::Text;
  std::optional<ListenAddress> status_listen;
  Secret heartbeat_url;                       // empty: none
  std::vector<std::string> status_hosts;      // names of the page; lower case
  std::vector<Secret> notify_urls;            // each checked by Vocabulary::check_notify_url
  std::vector<std::string> dns_resolvers;     // host:port; empty: the system's
  std::vector<std::string> trust_files;       // beside the built-in bundle
  Secret https_proxy, http_proxy, all_proxy;  // may hold a password
  std::string no_proxy;
};

}  // namespace sidecert::config
