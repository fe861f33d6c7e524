// The names of other machines, looked up as the machine's own C library would: hosts(5), then the name servers and the
// search list of resolv.conf(5). Unlike the library's it hears a stop and keeps to an effort's time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/log.h"
#include "base/name_lookup.h"
#include "dns/resolver.h"

namespace sidecert::dns {

struct ResolvConf {
  std::vector<Server> servers;      // three at most, as resolv.conf(5) says; none there means the machine itself
  std::vector<std::string> search;  // appended to names of few dots, in order
  std::size_t ndots = 1;            // dots a name has at least to be asked for as it is first
  Duration timeout{5000};           // for one server
  int attempts = 2;                 // rounds through the servers
};

/// What is not understood is passed over, as the C library does.
[[nodiscard]] ResolvConf parseResolvConf(std::string_view text);

/// The servers of a resolv.conf(5) as they stand there now.
[[nodiscard]] std::vector<Server> systemServers(const Path& file = "/etc/resolv.conf");

/// The names a host is asked for under, in order. One that ends in a dot is asked for as it is and no other way.
[[nodiscard]] std::vector<std::string> namesToTry(const std::string& host, const ResolvConf&);

/// Where the system keeps what it knows. @param port  of the name servers
struct SystemFiles {
  Path hosts = "/etc/hosts";
  Path resolv_conf = "/etc/resolv.conf";
  std::uint16_t port = 53;
};

/// The files are read again for each name: an engine rewrites them while a container runs.
[[nodiscard]] std::unique_ptr<NameLookup> makeSystemNames(Log, SystemFiles = {});

}  // namespace sidecert::dns
