#include "support/bind_server.h"

namespace sidecert::testing {

BindServer::BindServer(DnsServerOptions options) : DnsServer(std::move(options)) {
  const std::string directory = directory_.path().string();
  const std::uint16_t port = freePort();
  std::string text =
      "options {\n  directory \"" + directory + "\";\n  pid-file \"" + directory +
      "/named.pid\";\n  session-keyfile none;\n  listen-on port " + std::to_string(port) +
      " { 127.0.0.1; };\n  listen-on-v6 { none; };\n  recursion no;\n  notify no;\n  allow-query { any; };\n" +
      "  allow-transfer { any; };\n  dnssec-validation no;\n};\ncontrols { };\n";
  for (const DnsKey& key : options_.keys) text += key.clause();
  for (const DnsZone& zone : options_.zones) {
    text += "zone \"" + zone.name + "\" {\n  file \"" + zone.name + ".zone\";\n";
    if (zone.primary.empty()) {
      writeFile(zone.name + ".zone", zoneFile(zone));
      text += "  type primary;\n  allow-update {";
      for (const std::string& key : zone.update_keys) text += " key \"" + key + "\";";
      text += zone.update_keys.empty() ? " none; };\n" : " };\n";
    } else {
      text += "  type secondary;\n  primaries { " + zone.primary + "; };\n";
    }
    text += "};\n";
  }
  writeFile("named.conf", text);
  start({"named", "-g", "-n", "1", "-c", directory + "/named.conf"}, "all zones loaded");
  relay_ = std::make_unique<PortRelay>(options_.address, std::uint16_t{53}, "127.0.0.1", port);
}

}  // namespace sidecert::testing
