#include "dns/providers/dns_update.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "base/text.h"
#include "dns/dns_message.h"
#include "dns/exchange.h"
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

class DnsUpdate final : public Provider {
 public:
  DnsUpdate(UpdateOptions options, Resolver& resolver, Ports ports)
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
  [[nodiscard]] bool silent() const override { return silent_; }

 private:
  Result<> change(UpdateKind kind, const std::string& zone_cut, std::span<const TxtRecord> records, const Effort& effort) {
    const std::string& zone = options_.zone.empty() ? zone_cut : options_.zone;
    for (const TxtRecord& record : records) {
      if (isWithin(record.name, zone)) continue;
      return fail(ErrorCode::Settings, fmt::format("{} does not lie in the zone {}", record.name, zone),
                  fmt::format("correct {}, or leave it out: the zone is found by itself", options_.names.zone));
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
      error.hint = "check " + options_.names.server;
      return std::unexpected(std::move(error));
    }
    Result<> outcome =
        fail(ErrorCode::Unreachable, fmt::format("{} has no address", host.host), "check " + options_.names.server);
    for (const std::string& address : *addresses) {
      const Server server{.address = address, .port = host.port};
      ports_.log.debug("UPDATE of {} at {}: {} {} TXT", zone, server.text(), kind == UpdateKind::Add ? "add" : "remove",
                       records.size());
      outcome = updateOnce(server, kind, zone, records, effort);
      if (outcome || outcome.error().code != ErrorCode::Unreachable) return outcome;
    }
    if (outcome.error().hint.empty()) {
      outcome.error().hint =
          fmt::format("check {}, and that port {} is open between here and there", options_.names.server, host.port);
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
    const Duration begun = ports_.clock.monotonic();
    const auto answer = exchange(server, id, request.octets, effort);
    silent_ = !answer && answer.error().code != ErrorCode::BadAnswer && ports_.clock.monotonic() - begun >= kSilence;
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
                    fmt::format("the name and algorithm in {} ({}) must be those in the server's configuration",
                                options_.names.key, options_.key->algorithm));
      case TsigError::BadSig:
      case TsigError::BadTrunc:
        return fail(ErrorCode::Refused, fmt::format("{} has another secret for the TSIG key {} (BADSIG)", who, key),
                    "copy the secret from the server's configuration into " + options_.names.key);
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
        return fail(
            ErrorCode::Refused, fmt::format("{} refuses to change the zone {} (REFUSED)", who, zone),
            key.empty()
                ? fmt::format("set {}, or allow updates from this address in the server's configuration", options_.names.key)
                : fmt::format("allow the key {} to update TXT records of {} there (update-policy, acl)", key, zone));
      case ResponseCode::NotAuth:
        if (key.empty()) {
          return fail(ErrorCode::Refused, fmt::format("{} is not the primary for the zone {} (NOTAUTH)", who, zone),
                      fmt::format("set {} to the primary, or {} if it wants signed updates", options_.names.server,
                                  options_.names.key));
        }
        // Knot 3.4 says no more than this, unsigned, for each of the three.
        return fail(
            ErrorCode::Refused,
            fmt::format("{} does not take the update of {} (NOTAUTH): it does not know the TSIG key {}, or the key may not "
                        "update the zone, or this is not the zone's primary",
                        who, zone, key),
            fmt::format("check the name and algorithm in {} ({}), allow the key {} to update TXT records of {} there "
                        "(update-policy, acl), and set {} to the primary",
                        options_.names.key, options_.key->algorithm, key, zone, options_.names.server));
      case ResponseCode::NotZone:
        return fail(ErrorCode::Refused, fmt::format("{} says the names do not lie in the zone {} (NOTZONE)", who, zone),
                    fmt::format("correct {}, or leave it out", options_.names.zone));
      case ResponseCode::NotImp:
        return fail(ErrorCode::Refused, fmt::format("{} does not take updates for the zone {} (NOTIMP)", who, zone),
                    fmt::format("allow dynamic updates there, or set {} to the primary", options_.names.server));
      default:
        return fail(ErrorCode::Refused, fmt::format("{} answers the update of {} with {}", who, zone, toString(code)),
                    "the server's log says why");
    }
  }

  UpdateOptions options_;
  Resolver& resolver_;
  Ports ports_;
  std::atomic<bool> silent_ = false;  // the server asked last
};

}  // namespace

std::string textOf(const config::ProviderVariables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : std::string(trim(found->second.reveal()));
}

Result<TsigKey> readTsigKeyFile(const std::string& path, FileSystem& files) {
  const auto text = files.read(path);
  if (!text) return std::unexpected(text.error());
  if (!*text) {
    return fail(ErrorCode::Settings, fmt::format("there is no file {}", excerpt(path)),
                "mount the key file into the container and name its path there");
  }
  return parseTsigKey(**text, path);
}

std::unique_ptr<Provider> makeDnsUpdate(UpdateOptions options, Resolver& resolver, Ports ports) {
  return std::make_unique<DnsUpdate>(std::move(options), resolver, std::move(ports));
}

}  // namespace sidecert::dns::providers
