#include "dns/providers/nsupdate.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "crypto/digest.h"
#include "dns/exchange.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/providers/tsig.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::uint32_t kTtl = 60;               // seconds, as acme.sh
constexpr std::size_t kLargestDatagram = 1232;   // no fragments on any path
constexpr std::size_t kRecordsPerMessage = 100;  // even the longest names and values stay under 65535 octets
constexpr int kDatagramTries = 2;
constexpr Duration kDatagramLimit{3000};
constexpr Duration kTcpLimit{10'000};

struct Options {
  std::vector<HostAndPort> servers;
  std::string zone;  // NSUPDATE_ZONE; empty: the zone cut
  std::optional<TsigKey> key;
  bool tcp_only = false;
};

std::uint16_t randomId() {
  const std::string octets = crypto::randomOctets(2);
  return static_cast<std::uint16_t>(static_cast<unsigned char>(octets[0]) << 8U | static_cast<unsigned char>(octets[1]));
}

class Nsupdate final : public Provider {
 public:
  Nsupdate(Options options, Resolver& resolver, Ports ports)
      : options_(std::move(options)), resolver_(resolver), ports_(std::move(ports)) {}

  [[nodiscard]] std::string title() const override {
    std::vector<std::string> hosts;
    for (const HostAndPort& server : options_.servers) hosts.push_back(server.host);
    return "the name server " + join(hosts, " and ");
  }

  Result<> add(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    return change(UpdateKind::Add, zone, records, effort);
  }

  Result<> remove(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    return change(UpdateKind::Remove, zone, records, effort);
  }

  /// Removing what is not there changes nothing (RFC 2136 section 3.4.2.4), and is refused to whom a change would be.
  Result<> look(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    return remove(zone, records, effort);
  }

  [[nodiscard]] bool worksInParallel() const override { return true; }

 private:
  Result<> change(UpdateKind kind, const std::string& zone_cut, std::span<const TxtRecord> records, const Effort& effort) {
    const std::string& zone = options_.zone.empty() ? zone_cut : options_.zone;
    for (const TxtRecord& record : records) {
      if (isWithin(record.name, zone)) continue;
      return fail(ErrorCode::Settings, fmt::format("{} does not lie in the zone {}", record.name, zone),
                  "correct NSUPDATE_ZONE, or leave it out: the zone is found by itself");
    }
    // Every server is tried: where one fails, a removal at the others still counts.
    Result<> outcome;
    for (const HostAndPort& server : options_.servers) {
      for (std::size_t at = 0; at < records.size(); at += kRecordsPerMessage) {
        const auto part = records.subspan(at, std::min(kRecordsPerMessage, records.size() - at));
        if (auto changed = changeAt(server, kind, zone, part, effort); !changed && outcome) outcome = std::move(changed);
      }
    }
    return outcome;
  }

  Result<> changeAt(const HostAndPort& host, UpdateKind kind, const std::string& zone, std::span<const TxtRecord> records,
                    const Effort& effort) {
    const auto addresses = resolver_.addressesOf(host.host, effort);
    if (!addresses) {
      Error error = addresses.error();
      error.hint = "check NSUPDATE_SERVER";
      return std::unexpected(std::move(error));
    }
    Result<> outcome = fail(ErrorCode::Unreachable, fmt::format("{} has no address", host.host), "check NSUPDATE_SERVER");
    for (const std::string& address : *addresses) {
      const Server server{.address = address, .port = host.port};
      ports_.log.debug("UPDATE of {} at {}: {} {} TXT", zone, server.text(), kind == UpdateKind::Add ? "add" : "remove",
                       records.size());
      outcome = updateOnce(server, kind, zone, records, effort);
      if (outcome || outcome.error().code != ErrorCode::Unreachable) return outcome;
    }
    if (outcome.error().hint.empty()) {
      outcome.error().hint =
          "check NSUPDATE_SERVER and NSUPDATE_SERVER_PORT, and that port 53 is open between here and there";
    }
    return outcome;
  }

  Result<> updateOnce(const Server& server, UpdateKind kind, const std::string& zone, std::span<const TxtRecord> records,
                      const Effort& effort) {
    const std::uint16_t id = randomId();
    auto message = encodeUpdate(id, zone, kind, records, kTtl);
    if (!message) return std::unexpected(message.error());
    SignedMessage request{.octets = std::move(*message), .mac = {}};
    if (options_.key) request = signMessage(request.octets, *options_.key, ports_.clock.now());
    const auto answer = exchange(server, id, request.octets, effort);
    if (!answer) return std::unexpected(answer.error());
    return judge(server, zone, *answer, request.mac);
  }

  // The same octets may arrive twice: adding what is there and removing what is not are no errors (RFC 2136 section 3.4.2).
  Result<std::string> exchange(const Server& server, std::uint16_t id, const std::string& message, const Effort& effort) {
    const auto isOurs = [id](std::string_view octets) {
      const auto header = decodeHeader(octets);
      return header && header->response && header->id == id;
    };
    if (!options_.tcp_only && message.size() <= kLargestDatagram) {
      std::string answer;
      for (int i = 0; i < kDatagramTries; ++i) {
        const auto sent = exchangeUdp(server, message, effort.upTo(kDatagramLimit), [&](std::string_view octets) {
          if (!isOurs(octets)) return false;
          answer = octets;
          return true;
        });
        if (!sent && sent.error().code != ErrorCode::AnswerLost) return std::unexpected(sent.error());
        if (sent) break;
      }
      if (!answer.empty() && !decodeHeader(answer)->truncated) return answer;
    }
    auto answer = exchangeTcp(server, message, effort.upTo(kTcpLimit));
    if (answer && !isOurs(*answer)) return fail(ErrorCode::BadAnswer, server.text() + " answered another question");
    return answer;
  }

  Result<> judge(const Server& server, const std::string& zone, const std::string& answer, const std::string& request_mac) {
    const auto header = decodeHeader(answer);
    if (!header) return std::unexpected(header.error());
    TsigVerdict verdict;
    if (options_.key) {
      const auto checked = checkAnswer(answer, *options_.key, request_mac, ports_.clock.now());
      if (!checked) return within(server.text(), checked.error());
      verdict = *checked;
    }
    if (header->code != ResponseCode::NoError) return refusal(server, zone, header->code, verdict);
    if (options_.key && !verdict.verified) {
      return fail(ErrorCode::BadAnswer,
                  fmt::format("the answer of {} is not signed by the TSIG key {}", server.text(), options_.key->name),
                  "something between here and the server answers in its place, or the clocks differ");
    }
    return {};
  }

  [[nodiscard]] std::unexpected<Error> refusal(const Server& server, const std::string& zone, ResponseCode code,
                                               const TsigVerdict& verdict) const {
    const std::string who = fmt::format("the name server {}", server.text());
    const std::string key = options_.key ? options_.key->name : std::string();
    switch (verdict.error) {
      case TsigError::BadKey:
        return fail(ErrorCode::Refused, fmt::format("{} does not know the TSIG key {} (BADKEY)", who, key),
                    fmt::format("the name and algorithm in NSUPDATE_KEY ({}) must be those in the server's configuration",
                                options_.key->algorithm));
      case TsigError::BadSig:
      case TsigError::BadTrunc:
        return fail(ErrorCode::Refused, fmt::format("{} has another secret for the TSIG key {} (BADSIG)", who, key),
                    "copy the secret from the server's configuration into NSUPDATE_KEY");
      case TsigError::BadTime:
        return fail(ErrorCode::Refused,
                    fmt::format("the clock of {} is {} apart from ours (BADTIME)", who,
                                verdict.server_time ? toWords(std::chrono::abs(*verdict.server_time - ports_.clock.now()))
                                                    : "too far"),
                    "set the clock of this machine, or that of the server (NTP)");
      case TsigError::None: break;
    }
    switch (code) {
      case ResponseCode::Refused:
        return fail(ErrorCode::Refused, fmt::format("{} refuses to change the zone {} (REFUSED)", who, zone),
                    key.empty()
                        ? "set NSUPDATE_KEY, or allow updates from this address in the server's configuration"
                        : fmt::format("allow the key {} to update TXT records of {} there (update-policy, acl)", key, zone));
      case ResponseCode::NotAuth:
        if (key.empty()) {
          return fail(ErrorCode::Refused, fmt::format("{} is not the primary for the zone {} (NOTAUTH)", who, zone),
                      "set NSUPDATE_SERVER to the primary, or NSUPDATE_KEY if it wants signed updates");
        }
        // Knot 3.4 says no more than this, unsigned, for each of the three.
        return fail(
            ErrorCode::Refused,
            fmt::format("{} does not take the update of {} (NOTAUTH): it does not know the TSIG key {}, or the key may not "
                        "update the zone, or this is not the zone's primary",
                        who, zone, key),
            fmt::format(
                "check the name and algorithm in NSUPDATE_KEY ({}), allow the key {} to update TXT records of {} there "
                "(update-policy, acl), and set NSUPDATE_SERVER to the primary",
                options_.key->algorithm, key, zone));
      case ResponseCode::NotZone:
        return fail(ErrorCode::Refused, fmt::format("{} says the names do not lie in the zone {} (NOTZONE)", who, zone),
                    "correct NSUPDATE_ZONE, or leave it out");
      case ResponseCode::NotImp:
        return fail(ErrorCode::Refused, fmt::format("{} does not take updates for the zone {} (NOTIMP)", who, zone),
                    "allow dynamic updates there, or set NSUPDATE_SERVER to the primary");
      default:
        return fail(ErrorCode::Refused, fmt::format("{} answers the update of {} with {}", who, zone, toString(code)),
                    "the server's log says why");
    }
  }

  Options options_;
  Resolver& resolver_;
  Ports ports_;
};

std::string textOf(const config::ProviderVariables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : std::string(trim(found->second.reveal()));
}

bool isKeyText(std::string_view value) {
  return value.find('{') != std::string_view::npos || value.find(" KEY ") != std::string_view::npos ||
         value.find('\n') != std::string_view::npos;
}

Result<TsigKey> loadKey(const std::string& value, FileSystem& files) {
  if (isKeyText(value)) return parseTsigKey(value, "");
  const auto text = files.read(value);
  if (!text) return std::unexpected(text.error());
  if (!*text) {
    return fail(ErrorCode::Settings, fmt::format("there is no file {}", excerpt(value)),
                "mount the key file into the container and name its path there");
  }
  return parseTsigKey(**text, value);
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
                     "", true},
                    {"NSUPDATE_ZONE", "the zone to name in updates; without it the zone is found by itself", "", false},
                    {"NSUPDATE_OPT", "-v: use TCP", "", false}},
      .credential_sets = {{"NSUPDATE_SERVER", "NSUPDATE_KEY"}, {}},
      .rights = "a key that may add and remove TXT records at the _acme-challenge names",
      .keys_at = "tsig-keygen (BIND) or keymgr -t (Knot), and the server's configuration",
      .docs = "https://www.rfc-editor.org/rfc/rfc2136.html",
      .note = {}};
  return description;
}

Result<std::unique_ptr<Provider>> makeNsupdate(const config::ProviderVariables& variables, Resolver& resolver, Ports ports) {
  Options options;
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
  return std::make_unique<Nsupdate>(std::move(options), resolver, std::move(ports));
}

}  // namespace sidecert::dns::providers
