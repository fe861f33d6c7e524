#include "dns/providers/nsupdate.h"

#include <fmt/core.h>

#include <utility>

#include "base/text.h"
#include "dns/name.h"
#include "dns/providers/dns_update.h"
#include "dns/providers/tsig.h"

namespace sidecert::dns::providers {
namespace {

bool isKeyText(std::string_view value) {
  return value.find('{') != std::string_view::npos || value.find(" KEY ") != std::string_view::npos ||
         value.find('\n') != std::string_view::npos;
}

Result<TsigKey> loadKey(const std::string& value, FileSystem& files) {
  if (isKeyText(value)) return parseTsigKey(value, "");
  return readTsigKeyFile(value, files);
}

}  // namespace

const Description& nsupdateDescription() {
  static const Description description{
      .id = "dns_nsupdate",
      .title = "RFC 2136 update (BIND, Knot, PowerDNS)",
      .aliases = {"rfc2136", "dnsupdate"},
      .variables = {{"NSUPDATE_SERVER", "the zone's primary name server; a comma list is updated one after the other",
                     "localhost", false},
                    {"NSUPDATE_SERVER_PORT", "its port", "53", false},
                    {"NSUPDATE_KEY", "path of the TSIG key file, or the key clause itself; without it updates go unsigned",
                     "", true, true},
                    {"NSUPDATE_ZONE", "the zone to name in updates; without it the zone is found by itself", "", false},
                    {"NSUPDATE_OPT", "-v: use TCP", "", false}},
      .credential_sets = {{"NSUPDATE_SERVER", "NSUPDATE_KEY"}, {}},
      .rights = "a key that may add and remove TXT records at the _acme-challenge names",
      .keys_at = "tsig-keygen (BIND) or keymgr -t (Knot), and the server's configuration",
      .docs = "https://www.rfc-editor.org/rfc/rfc2136.html",
      .verified = "BIND, Knot and PowerDNS themselves",
      .note = {}};
  return description;
}

Result<std::unique_ptr<Provider>> makeNsupdate(const config::ProviderVariables& variables, Resolver& resolver, Ports ports) {
  UpdateOptions options{.names = {.server = "NSUPDATE_SERVER", .key = "NSUPDATE_KEY", .zone = "NSUPDATE_ZONE"}};
  std::vector<std::string> faults;
  std::vector<std::string> hints;
  const auto fault = [&](const std::string& variable, const std::string& what, const std::string& hint) {
    faults.push_back(variable + ": " + what);
    if (!hint.empty()) hints.push_back(hint);
  };

  std::uint16_t port = 53;
  if (const std::string text = textOf(variables, "NSUPDATE_SERVER_PORT"); !text.empty()) {
    const auto number = parseNumber(text);
    if (!number || *number == 0 || *number > 65535) {
      fault("NSUPDATE_SERVER_PORT", fmt::format("\"{}\" is no port", excerpt(text)), "a port is a number from 1 to 65535");
    } else {
      port = static_cast<std::uint16_t>(*number);
    }
  }
  auto servers = splitList(textOf(variables, "NSUPDATE_SERVER"));
  if (servers.empty()) servers = {"localhost"};
  for (const std::string& text : servers) {
    if (auto server = parseHostAndPort(text, port)) {
      options.servers.push_back(std::move(*server));
    } else {
      fault("NSUPDATE_SERVER", fmt::format("\"{}\" is no host", excerpt(text)),
            "NSUPDATE_SERVER is a host name or an address");
    }
  }
  if (const std::string text = textOf(variables, "NSUPDATE_ZONE"); !text.empty()) {
    if (auto zone = toAscii(text)) {
      options.zone = std::move(*zone);
    } else {
      fault("NSUPDATE_ZONE", zone.error().what, "");
    }
  }
  for (const std::string& word : splitList(textOf(variables, "NSUPDATE_OPT"), " \t")) {
    if (word == "-v") {
      options.tcp_only = true;
    } else {
      fault("NSUPDATE_OPT", fmt::format("the switch \"{}\" of the nsupdate program is not known here", excerpt(word)),
            word == "-g" ? "GSS-TSIG is not supported: use a TSIG key" : "only -v (use TCP) is");
    }
  }
  if (const std::string value = textOf(variables, "NSUPDATE_KEY"); !value.empty()) {
    if (auto key = loadKey(value, ports.files)) {
      options.key = std::move(*key);
    } else {
      fault("NSUPDATE_KEY", key.error().what, key.error().hint);
    }
  }
  if (!faults.empty()) return fail(ErrorCode::Settings, join(faults, "; "), join(hints, "; "));
  return makeDnsUpdate(std::move(options), resolver, std::move(ports));
}

}  // namespace sidecert::dns::providers
