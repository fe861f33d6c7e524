// Public CAs by short name, and what is known about them beforehand. Anything else is given by URL.
// Source: the CAs' pages as of 2026-11; for CAs other than Let's Encrypt also Posh-ACME's CA comparison of April 2026.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sidecert {
struct Ports;
}

namespace sidecert::acme {

struct ExternalAccount;

struct KnownCa {
  std::string_view short_name;  // as in ACME_SERVER
  std::string_view name;        // for people
  std::string_view directory;
  std::string_view caa_name;  // the issuer in CAA records
  bool test = false;          // its certificates are trusted by nobody
  bool needs_eab = false;
  std::string_view eab_by_email;  // where an external account is given for an e-mail address; empty: nowhere
  bool wants_email = false;
  bool wildcards = true;
  std::size_t most_names = 100;
  std::string_view rsa_directory = {};  // where the directory depends on the key type: for RSA keys
};

[[nodiscard]] std::span<const KnownCa> knownCas();

/// By short name (any case) or by directory URL. @returns nullptr for any other.
[[nodiscard]] const KnownCa* findKnownCa(std::string_view short_name_or_url);

/// "Let's Encrypt", or the host of a directory URL that is not known.
[[nodiscard]] std::string caName(std::string_view directory);

/// ZeroSSL gives an external account for an e-mail address, without a person.
/// @param contacts  "mailto:…"; the first is used
/// @returns Settings naming ACME_EMAIL when there is none.
[[nodiscard]] Result<ExternalAccount> fetchExternalAccount(const KnownCa&, const std::vector<std::string>& contacts,
                                                           const Ports&);

}  // namespace sidecert::acme
