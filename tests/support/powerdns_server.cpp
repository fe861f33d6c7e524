#include "support/powerdns_server.h"

#include <stdexcept>

namespace sidecert::testing {
namespace {

constexpr const char* kSchema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";
constexpr const char* kApiPort = "8081";

void runTool(std::vector<std::string> command) {
  const std::string name = command.front();
  ChildProcess tool(ChildProcess::Options{.command = std::move(command), .environment = {}, .directory = {}});
  if (tool.wait(std::chrono::seconds{60}) != 0) throw std::runtime_error(name + ": " + tool.output());
}

}  // namespace

PowerDnsServer::PowerDnsServer(DnsServerOptions options) : DnsServer(std::move(options)) {
  const std::string directory = directory_.path().string();
  const std::string database = directory + "/pdns.sqlite3";
  writeFile("pdns.conf", "launch=gsqlite3\ngsqlite3-database=" + database + "\nlocal-address=" + options_.address +
                             "\nlocal-port=53\nsocket-dir=" + directory + "\nguardian=no\ndaemon=no\ndisable-syslog=yes\n" +
                             "api=yes\napi-key=" + apiKey() + "\nwebserver=yes\nwebserver-address=" + options_.address +
                             "\nwebserver-port=" + kApiPort + "\nwebserver-allow-from=127.0.0.0/8\n" +
                             // Answers are kept for seconds by default, "no such name" too.
                             "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n");
  runTool({"sqlite3", database, std::string(".read ") + kSchema});
  for (const DnsZone& zone : options_.zones) {
    writeFile(zone.name + ".zone", zoneFile(zone));
    runTool({"pdnsutil", "--config-dir=" + directory, "load-zone", zone.name, directory + "/" + zone.name + ".zone"});
  }
  start({"pdns_server", "--config-dir=" + directory}, "ready to distribute questions");
}

std::string PowerDnsServer::apiUrl() const {
  return "http://" + options_.address + ":" + kApiPort;
}

}  // namespace sidecert::testing
