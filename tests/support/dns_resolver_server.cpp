#include "support/dns_resolver_server.h"

namespace sidecert::testing {

RecursiveServer::RecursiveServer(const Delegations& delegations) : DnsServer({}) {
  const std::string directory = directory_.path().string();
  const std::uint16_t port = freePort();
  // One view of the world below the root, so that nothing outside this machine is ever asked.
  writeFile("root.zone", "$TTL 60\n. SOA ns. hostmaster. 1 3600 600 604800 1\n. NS ns.\nns. A " + options_.address + "\n");
  std::string text = "options {\n  directory \"" + directory + "\";\n  pid-file \"" + directory +
                     "/named.pid\";\n  session-keyfile none;\n  listen-on port " + std::to_string(port) +
                     " { 127.0.0.1; };\n  listen-on-v6 { none; };\n  recursion yes;\n  allow-query { any; };\n  "
                     "allow-recursion { any; };\n" +
                     "  dnssec-validation no;\n  max-ncache-ttl 0;\n  max-cache-ttl 1;\n  empty-zones-enable no;\n};\n" +
                     "controls { };\nzone \".\" { type primary; file \"root.zone\"; };\n";
  for (const auto& [zone, addresses] : delegations) {
    text += "zone \"" + zone + "\" {\n  type static-stub;\n  server-addresses {";
    for (const std::string& address : addresses) text += " " + address + ";";
    text += " };\n};\n";
  }
  writeFile("named.conf", text);
  start({"named", "-g", "-n", "1", "-c", directory + "/named.conf"}, "all zones loaded");
  relay_ = std::make_unique<PortRelay>(options_.address, std::uint16_t{53}, "127.0.0.1", port);
}

}  // namespace sidecert::testing
