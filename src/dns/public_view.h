// What the Internet sees of a domain, by public DNS over HTTPS (RFC 8484): the resolver of a home network may show a view
// of its own (split horizon), in which a zone is missing, cut elsewhere, or served by the NAS. A CA sees the public one.
#pragma once

#include <string>
#include <vector>

#include "base/effort.h"
#include "base/http/http.h"
#include "base/result.h"
#include "dns/name_servers.h"
#include "dns/resolver.h"

namespace sidecert::dns {

struct PublicView {
  std::string zone;  // around the name; empty: the Internet knows none
  std::vector<NameServer> servers;
  std::string service;  // the URL of who said so

  [[nodiscard]] std::string hosts() const;  // "ns1.example.net, ns2.example.net"
};

/// The zone around `name` and who answers for it.
/// @returns Unreachable when none of Resolver::httpsServices() could be asked.
[[nodiscard]] Result<PublicView> publicViewOf(Resolver&, HttpTransport&, const std::string& name, const Effort&);

/// 127.0.0.0/8 and ::1: this machine's own. Who serves a zone there means it.
[[nodiscard]] bool isOwnAddress(const std::string& address);

/// An address of a private network: RFC 1918, RFC 6598, RFC 4193, and link-local ones (RFC 3927, RFC 4291); not
/// isOwnAddress.
[[nodiscard]] bool isPrivateAddress(const std::string& address);

/// Whether there is a server and all have private addresses.
[[nodiscard]] bool allPrivate(const std::vector<NameServer>&);

}  // namespace sidecert::dns
