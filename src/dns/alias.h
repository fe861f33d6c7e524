// acme.sh's alias modes: the challenge record is written at another name, to which the owner's CNAME points.
// Source: https://github.com/acmesh-official/acme.sh/wiki/DNS-alias-mode
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sidecert::dns {

struct AliasOptions {
  /// Comma lists; the n-th entry is for the n-th of `domains`, the last one for all that follow; "no" means none. Among
  /// challenge aliases "=name" is a domain alias, as acme.sh keeps them.
  std::string challenge_alias;
  std::string domain_alias;
  std::vector<std::string> domains;  // the order's names, wildcards with "*."
};

/// `name` ("_acme-challenge.home.example", or with a label before) under its alias: "_acme-challenge.<challenge_alias>" or
/// "<domain_alias>". Unchanged when there is none.
/// @returns Settings when both are given for one domain, or an alias is no domain name.
[[nodiscard]] Result<std::string> aliased(const std::string& name, const AliasOptions&);

}  // namespace sidecert::dns
