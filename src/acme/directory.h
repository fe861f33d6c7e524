// What a CA offers and where.
// Source: RFC 8555 section 7.1.1; draft-ietf-acme-profiles-01 section 3 (meta.profiles); RFC 9773 section 4.1
// (renewalInfo); draft-ietf-acme-dns-persist-02 (accountHashPrefix, issuerDomainNames).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ports.h"
#include "base/result.h"

namespace sidecert::acme {

struct Directory {
  std::string url;  // as the owner gave it: the key under which accounts are kept
  std::string new_nonce;
  std::string new_account;
  std::string new_order;
  std::string revoke_certificate;  // this and the next two may be empty
  std::string key_change;
  std::string renewal_info;
  std::string terms_of_service;
  std::vector<std::string> caa_identities;
  bool external_account_required = false;
  std::vector<std::pair<std::string, std::string>> profiles;  // name, description
  std::string account_hash_prefix;                            // dns-persist-01 draft -02; empty: an earlier draft or none
  std::vector<std::string> issuer_domain_names;

  [[nodiscard]] bool offersProfile(std::string_view name) const;
};

/// @returns BadAnswer naming the member that is missing or no URL. Optional members that are null or of another type are
///          taken as absent, unknown ones ignored.
[[nodiscard]] Result<Directory> parseDirectory(const std::string& url, std::string_view body);

/// One GET; redirects are followed, but never from https to http.
/// @returns Unreachable, Untrusted, RateLimited, or Settings when there is no ACME directory at this URL: each with a hint
///          that names ACME_SERVER or SSL_CERT_FILE.
[[nodiscard]] Result<Directory> fetchDirectory(const std::string& url, const Ports&);

/// A request to a CA without a body: product and version, and the language of error texts (RFC 8555 section 6.1).
[[nodiscard]] HttpRequest requestTo(std::string method, std::string url);

}  // namespace sidecert::acme
