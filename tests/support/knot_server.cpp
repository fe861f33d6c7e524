#include "support/knot_server.h"

#include <stdexcept>

namespace sidecert::testing {

KnotServer::KnotServer(DnsServerOptions options) : DnsServer(std::move(options)) {
  std::string keys;
  std::string remotes;
  std::string acls = "  - id: others\n    address: 127.0.0.0/8\n    action: [transfer, notify]\n";
  std::string zones;
  for (const DnsKey& key : options_.keys) {
    keys += "  - id: " + key.name + "\n    algorithm: " + key.algorithm + "\n    secret: " + key.secret + "\n";
    acls += "  - id: by-" + key.name + "\n    key: " + key.name + "\n    action: update\n";
  }
  for (const DnsZone& zone : options_.zones) {
    zones += "  - domain: " + zone.name + "\n    file: " + zone.name + ".zone\n    acl: [others";
    for (const std::string& key : zone.update_keys) zones += ", by-" + key;
    zones += "]\n";
    if (zone.primary.empty()) {
      writeFile(zone.name + ".zone", zoneFile(zone));
    } else {
      remotes += "  - id: of-" + zone.name + "\n    address: " + zone.primary + "@53\n";
      zones += "    master: of-" + zone.name + "\n";
    }
  }
  const std::string directory = directory_.path().string();
  std::string text = "server:\n  rundir: " + directory + "\n  listen: " + options_.address +
                     "@53\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n" +
                     "log:\n  - target: stdout\n    any: info\n" + "database:\n  storage: " + directory + "/db\n" +
                     "template:\n  - id: default\n    storage: " + directory +
                     "\n    zonefile-sync: -1\n    journal-content: none\n";
  if (!keys.empty()) text += "key:\n" + keys;
  if (!remotes.empty()) text += "remote:\n" + remotes;
  text += "acl:\n" + acls + "zone:\n" + zones;
  writeFile("knot.conf", text);
  start({"knotd", "-c", directory + "/knot.conf"}, "server started");
  if (!remotes.empty()) refresh();
}

void KnotServer::refresh() const {
  control({"-b", "zone-retransfer"});
}

void KnotServer::control(std::vector<std::string> arguments) const {
  std::vector<std::string> command = {"knotc", "-s", (directory_ / "knot.sock").string(), "-t", "30"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess knotc(ChildProcess::Options{.command = std::move(command), .environment = {}, .directory = {}});
  if (knotc.wait(std::chrono::seconds{60}) != 0) {
    throw std::runtime_error("knotc " + arguments.back() + ": " + knotc.output() + "\n" + log());
  }
}

}  // namespace sidecert::testing
