// An acme.sh home, read as data. It is made of shell files; nothing of it is ever run or expanded.
// Source: acme.sh's wiki and what its releases leave on disk:
//   account.conf                                     KEY='value' lines, values of DNS hooks as SAVED_KEY
//   ca/<host>[/<path>]/{account.key,ca.conf,account.json}
//   <domain>[_ecc]/{<domain>.conf,<domain>.cer,<domain>.key,ca.cer,fullchain.cer}
// A value between __ACME_BASE64__START_ and __ACME_BASE64__END_ is base64.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "base/secret.h"

namespace sidecert::app::acme_sh {

/// KEY='value' lines. Any value may be secret.
using Configuration = std::map<std::string, Secret>;

/// Comments and lines of another shape are left out. Quotes around a value are taken off; nothing inside is expanded.
[[nodiscard]] Configuration parseConfiguration(std::string_view text);

struct Account {
  std::string host;  // of the CA, as its folder is called: acme.sh leaves the port out
  std::string path;  // of its directory, as the folders below are called: "acme/acme/directory"
  std::string url;   // the account's; empty when nothing tells
  Secret key_pem;
  Configuration configuration;  // ca.conf
};

struct Certificate {
  std::string domain;
  Configuration configuration;
  std::string chain_pem;  // leaf first; empty when there is none yet
  Secret key_pem;

  /// Le_Domain and Le_Alt.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The value saved for a variable of a deploy or DNS hook: SAVED_NAME, or NAME as early releases had it.
  [[nodiscard]] std::optional<Secret> saved(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& key) const;  // empty when absent or "no"
};

struct Home {
  Configuration configuration;  // account.conf
  std::vector<Account> accounts;
  std::vector<Certificate> certificates;
};

/// @returns Settings when there is no such folder or no acme.sh home in it.
[[nodiscard]] Result<Home> readHome(const Ports&, const Path&);

/// URL of the ACME directory the certificate came from; empty when nothing tells.
[[nodiscard]] std::string directoryOf(const Home&, const Certificate&);

/// SAVED_NAME or NAME of a configuration.
[[nodiscard]] std::optional<Secret> savedIn(const Configuration&, const std::string& name);

}  // namespace sidecert::app::acme_sh
