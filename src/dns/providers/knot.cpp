#include "dns/providers/knot.h"

#include <fmt/format.h>

#include "base/text.h"
#include "dns/providers/dns_update.h"
#include "dns/providers/tsig.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::string_view kDefaultAlgorithm = "hmac-sha256";  // knsupdate's
constexpr std::uint16_t kDnsPort = 53;

// "host", "host port" or "host#port".
Result<HostAndPort> readServer(const std::string& text) {
  const auto words = splitList(text, " \t#");
  const auto wrong = [&] {
    return fail(ErrorCode::Settings, fmt::format("KNOT_SERVER: \"{}\" is no host with or without a port", excerpt(text)),
                "KNOT_SERVER is the zone's primary name server, such as ns1.example.com or 192.0.2.1 5353");
  };
  if (words.empty() || words.size() > 2) return wrong();
  std::uint16_t port = kDnsPort;
  if (words.size() == 2) {
    const auto number = parseNumber(words[1]);
    if (!number || *number == 0 || *number > 65535) return wrong();
    port = static_cast<std::uint16_t>(*number);
  }
  auto server = parseHostAndPort(words[0], port);
  if (!server) return wrong();
  return *std::move(server);
}

Result<TsigKey> readKey(const std::string& text, FileSystem& files) {
  const auto words = splitList(text, " \t");
  if (words.size() == 2) {
    const auto colon = words[0].find(':');
    const std::string algorithm = colon == std::string::npos ? std::string(kDefaultAlgorithm) : words[0].substr(0, colon);
    return parseTsigKey(fmt::format("key \"{}\" {{ algorithm {}; secret \"{}\"; }};",
                                    colon == std::string::npos ? words[0] : words[0].substr(colon + 1), algorithm, words[1]),
                        "");
  }
  if (!text.starts_with('/'))
    return fail(ErrorCode::Settings, "the TSIG key is not of the form [algorithm:]name secret",
                "set KNOT_KEY as after knsupdate's command key: hmac-sha256:name base64, or to the path of a key file");
  return readTsigKeyFile(text, files);
}

}  // namespace

const Description& knotDescription() {
  static const Description description{
      .id = "dns_knot",
      .title = "Knot DNS (RFC 2136 update)",
      .aliases = {},
      .variables = {{"KNOT_SERVER", "the zone's primary name server, with its port behind a blank where it is not 53",
                     "localhost", false},
                    {"KNOT_KEY", "the TSIG key as [algorithm:]name secret, or the path of a key file", "", true}},
      .credential_sets = {{"KNOT_KEY"}},
      .rights = "a key that may add and remove TXT records at the _acme-challenge names",
      .keys_at = "keymgr -t NAME hmac-sha256, and the server's configuration (key, acl, zone.acl)",
      .docs = "https://www.knot-dns.cz/docs/latest/html/man_knsupdate.html",
      .verified = "Knot itself",
      .note = {}};
  return description;
}

Result<std::unique_ptr<Provider>> makeKnot(const config::ProviderVariables& variables, Resolver& resolver, Ports ports) {
  UpdateOptions options{.names = {.server = "KNOT_SERVER", .key = "KNOT_KEY", .zone = ""}};
  std::vector<std::string> faults, hints;
  const auto note = [&](const Error& error) {
    faults.push_back(error.what);
    if (!error.hint.empty()) hints.push_back(error.hint);
  };
  const std::string server = textOf(variables, "KNOT_SERVER");
  if (auto read = readServer(server.empty() ? "localhost" : server)) {
    options.servers.push_back(*std::move(read));
  } else {
    note(read.error());
  }
  if (const std::string key = textOf(variables, "KNOT_KEY"); key.empty()) {
    note({.code = ErrorCode::Settings,
          .what = "KNOT_KEY is not set",
          .hint = "set KNOT_KEY to the TSIG key, as hmac-sha256:name base64"});
  } else if (auto read = readKey(key, ports.files)) {
    options.key = *std::move(read);
  } else {
    note(within("KNOT_KEY", read.error()).error());
  }
  if (!faults.empty()) return fail(ErrorCode::Settings, join(faults, "; "), join(hints, "; "));
  return makeDnsUpdate(std::move(options), resolver, std::move(ports));
}

}  // namespace sidecert::dns::providers
