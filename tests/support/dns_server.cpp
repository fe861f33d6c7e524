#include "support/dns_server.h"

#include <fstream>
#include <stdexcept>

namespace sidecert::testing {

std::string DnsKey::clause() const {
  return "key \"" + name + "\" {\n  algorithm " + algorithm + ";\n  secret \"" + secret + "\";\n};\n";
}

std::string DnsServer::zoneFile(const DnsZone& zone) const {
  std::string text = "$ORIGIN " + zone.name + ".\n$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 604800 5\n";
  const auto servers = zone.name_servers.empty() ? std::vector{options_.address} : zone.name_servers;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const std::string host = "ns" + std::to_string(i + 1);
    const bool v6 = servers[i].find(':') != std::string::npos;
    text += "@ NS " + host + "\n" + host + (v6 ? " AAAA " : " A ") + servers[i] + "\n";
  }
  for (const std::string& record : zone.records) text += record + "\n";
  return text;
}

void DnsServer::writeFile(const std::string& name, const std::string& text) const {
  std::ofstream(directory_ / name) << text;
}

void DnsServer::start(std::vector<std::string> command, const std::string& ready_line) {
  process_ = std::make_unique<ChildProcess>(
      ChildProcess::Options{.command = std::move(command), .environment = {}, .directory = directory_.path().string()});
  if (!process_->waitForLine(ready_line, std::chrono::seconds{60})) {
    throw std::runtime_error("the name server does not start:\n" + process_->output());
  }
}

}  // namespace sidecert::testing
