#include "dns/resolver.h"

#include <fmt/core.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>
#include <utility>

#include "base/tcp.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/exchange.h"
#include "dns/message.h"
#include "dns/name.h"

namespace sidecert::dns {
namespace {

constexpr Duration kLookUpLimit{5000};
constexpr char kResolvConf[] = "/etc/resolv.conf";

std::uint16_t randomId() {
  const std::string octets = crypto::randomOctets(2);
  return static_cast<std::uint16_t>(static_cast<unsigned char>(octets[0]) << 8U | static_cast<unsigned char>(octets[1]));
}

// Random letters' case is one more thing an off-path forger has to guess; servers give the question back as it came.
std::string inRandomCase(std::string name) {
  const std::string chance = crypto::randomOctets(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] >= 'a' && name[i] <= 'z' && (chance[i] & 1) != 0) name[i] = static_cast<char>(name[i] - 'a' + 'A');
  }
  return name;
}

Result<DecodedAnswer> askOverTcp(const Server& server, const Question& question, bool edns, const Effort& effort) {
  const std::uint16_t id = randomId();
  const auto query = encodeQuery(id, question, edns);
  if (!query) return std::unexpected(query.error());
  const auto octets = exchangeTcp(server, *query, effort);
  if (!octets) return std::unexpected(octets.error());
  return decodeAnswer(*octets, id, question);
}

Result<DecodedAnswer> askOverUdp(const Server& server, const Question& question, bool edns, const Effort& effort) {
  const std::uint16_t id = randomId();
  const auto query = encodeQuery(id, question, edns);
  if (!query) return std::unexpected(query.error());
  Result<DecodedAnswer> decoded = fail(ErrorCode::AnswerLost, "nothing came");
  bool something_came = false;
  const auto exchanged = exchangeUdp(server, *query, effort, [&](std::string_view octets) {
    something_came = true;
    decoded = decodeAnswer(octets, id, question);
    return decoded.has_value();
  });
  if (!exchanged && !something_came) return std::unexpected(exchanged.error());
  return decoded;
}

std::vector<std::string> systemAddressesOf(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::string text(NI_MAXHOST, '\0');
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), NI_MAXHOST, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    text.resize(text.find('\0'));
    if (std::ranges::find(addresses, text) == addresses.end()) addresses.push_back(text);
  }
  return addresses;
}

bool isAddress(const std::string& host) {
  return parseAddress(host, 0).has_value();
}

class NetworkResolver final : public Resolver {
 public:
  NetworkResolver(const std::vector<std::string>& servers, Log log) : log_(std::move(log)) {
    for (const std::string& server : servers)
      (lower(server).starts_with("https://") ? https_ : configured_).push_back(server);
  }

  Result<Answer> ask(const Server& server, const std::string& name, RecordType type, Recursion recursion,
                     const Effort& effort) override {
    auto answer = askPatiently(server, name, type, recursion, effort);
    if (!answer) {
      log_.debug("{} {} at {}: {}", toString(type), name, server.text(), answer.error().what);
      Error error = answer.error();
      if (error.code == ErrorCode::AnswerLost) error.code = ErrorCode::Unreachable;
      return std::unexpected(std::move(error));
    }
    log_.debug("{} {} at {}: {}{}, {} records", toString(type), name, server.text(), toString(answer->code),
               answer->authoritative ? ", authoritative" : "", answer->answers.size());
    return answer;
  }

  Result<std::vector<Server>> recursiveServers(const Effort&) override {
    const std::lock_guard lock(mutex_);
    if (!recursive_.empty()) return recursive_;
    if (configured_.empty()) {
      std::ifstream file(kResolvConf);
      std::stringstream text;
      text << file.rdbuf();
      recursive_ = parseResolvConf(text.str());
      return recursive_;
    }
    std::vector<Server> servers;
    std::string unknown;
    for (const std::string& entry : configured_) {
      const auto parsed = parseHostAndPort(entry);
      if (!parsed) {
        return fail(ErrorCode::Settings, fmt::format("\"{}\" is no name server", excerpt(entry)),
                    "ACME_DNS_RESOLVERS is a list of addresses, host:port or [IPv6]:port: 9.9.9.9, 1.1.1.1:53");
      }
      const auto addresses = systemAddressesOf(parsed->host);
      if (addresses.empty()) unknown = parsed->host;
      for (const std::string& address : addresses) servers.push_back({address, parsed->port});
    }
    if (servers.empty()) {
      return fail(ErrorCode::Unreachable, fmt::format("the name server {} has no address", unknown),
                  "check ACME_DNS_RESOLVERS, or leave it out to use the machine's own");
    }
    recursive_ = std::move(servers);
    return recursive_;
  }

  Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort& effort) override {
    if (isAddress(host)) return std::vector{host};
    std::vector<std::string> addresses;
    if (!configured_.empty()) {
      for (const RecordType type : {RecordType::A, RecordType::Aaaa}) {
        const auto answer = lookUp(*this, host, type, effort);
        if (!answer) continue;
        for (const Record& record : answer->answers) {
          if (record.type == type) addresses.push_back(record.data);
        }
      }
    }
    // /etc/hosts and the names Docker gives to services are known to the system alone.
    if (addresses.empty()) addresses = systemAddressesOf(host);
    if (addresses.empty())
      return fail(ErrorCode::Unreachable, fmt::format("the host name {} has no address", excerpt(host)));
    return addresses;
  }

  std::vector<std::string> httpsServices() override { return https_.empty() ? publicHttpsServices() : https_; }

  bool hasRoute(const Server& server) override { return hasRouteTo(server); }

 private:
  static Result<Answer> askPatiently(const Server& server, const std::string& name, RecordType type, Recursion recursion,
                                     const Effort& effort) {
    const Duration limit = effort.left();
    bool edns = true;
    Question question{.name = inRandomCase(name), .type = type, .recursion = recursion};
    auto decoded = askOverUdp(server, question, edns, effort.upTo(limit / 5 * 2));
    if (!decoded && decoded.error().code == ErrorCode::AnswerLost) {
      // A datagram was lost, or this is one of the few servers that mixed case confuses.
      question.name = name;
      decoded = askOverUdp(server, question, edns, effort.upTo(limit / 5 * 2));
    }
    if (!decoded && decoded.error().code == ErrorCode::AnswerLost) {
      // Some networks let TCP through where they drop datagrams.
      if (auto over_tcp = askOverTcp(server, question, edns, effort)) decoded = std::move(over_tcp);
    }
    if (decoded && (decoded->answer.code == ResponseCode::FormErr || decoded->answer.code == ResponseCode::NotImp)) {
      edns = false;
      decoded = askOverUdp(server, question, edns, effort);
    }
    // Over TCP nobody off the path can answer, so there the letters' case proves nothing more.
    if (decoded && (decoded->truncated || !decoded->same_case)) decoded = askOverTcp(server, question, edns, effort);
    if (!decoded) return std::unexpected(decoded.error());
    return std::move(decoded->answer);
  }

  std::vector<std::string> configured_, https_;
  Log log_;
  std::mutex mutex_;
  std::vector<Server> recursive_;
};

}  // namespace

std::string toString(ResponseCode code) {
  switch (code) {
    case ResponseCode::NoError: return "NOERROR";
    case ResponseCode::FormErr: return "FORMERR";
    case ResponseCode::ServFail: return "SERVFAIL";
    case ResponseCode::NxDomain: return "NXDOMAIN";
    case ResponseCode::NotImp: return "NOTIMP";
    case ResponseCode::Refused: return "REFUSED";
    case ResponseCode::NotAuth: return "NOTAUTH";
    case ResponseCode::NotZone: return "NOTZONE";
  }
  return fmt::format("RCODE {}", static_cast<unsigned>(code));
}

std::string toString(RecordType type) {
  switch (type) {
    case RecordType::A: return "A";
    case RecordType::Ns: return "NS";
    case RecordType::Cname: return "CNAME";
    case RecordType::Soa: return "SOA";
    case RecordType::Txt: return "TXT";
    case RecordType::Aaaa: return "AAAA";
    case RecordType::Dname: return "DNAME";
    case RecordType::Caa: return "CAA";
  }
  return fmt::format("TYPE{}", static_cast<unsigned>(type));
}

std::string Server::text() const {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

Result<Answer> lookUp(Resolver& resolver, const std::string& name, RecordType type, const Effort& effort,
                      Recursion recursion) {
  const auto servers = resolver.recursiveServers(effort);
  if (!servers) return std::unexpected(servers.error());
  std::vector<std::string> failures;
  bool answered = false;
  for (const Server& server : *servers) {
    auto answer = resolver.ask(server, name, type, recursion, effort.upTo(kLookUpLimit));
    if (!answer) {
      failures.push_back(answer.error().what);
      continue;
    }
    if (answer->code == ResponseCode::NoError || answer->code == ResponseCode::NxDomain) return answer;
    answered = true;
    failures.push_back(fmt::format("{} answered {}", server.text(), toString(answer->code)));
  }
  return fail(answered ? ErrorCode::BadAnswer : ErrorCode::Unreachable,
              fmt::format("looking up {} {}: {}", toString(type), name, join(failures, "; ")),
              answered ? "" : "check the network of this container, or name other servers in ACME_DNS_RESOLVERS");
}

std::optional<HostAndPort> parseHostAndPort(std::string_view text, std::uint16_t default_port) {
  text = trim(text);
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    if (!rest.empty()) port = rest.substr(1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(text.find(':') + 1);
  }
  if (host.empty() || host.find_first_of(" \t/") != std::string_view::npos) return std::nullopt;
  HostAndPort parsed{.host = std::string(host), .port = default_port};
  if (port) {
    const auto number = parseNumber(*port);
    if (!number || *number == 0 || *number > 65535) return std::nullopt;
    parsed.port = static_cast<std::uint16_t>(*number);
  }
  return parsed;
}

std::vector<Server> parseResolvConf(std::string_view text) {
  std::vector<Server> servers;
  for (const std::string& line : splitList(text, "\n")) {
    const auto words = splitList(line, " \t");
    if (words.size() >= 2 && words[0] == "nameserver" && isAddress(words[1])) servers.push_back({.address = words[1]});
  }
  if (servers.empty()) servers.push_back({.address = "127.0.0.1"});
  return servers;
}

std::vector<std::string> publicHttpsServices() {
  return {"https://cloudflare-dns.com/dns-query", "https://dns.google/dns-query", "https://dns.quad9.net/dns-query"};
}

std::unique_ptr<Resolver> makeResolver(const std::vector<std::string>& servers, Log log) {
  return std::make_unique<NetworkResolver>(servers, std::move(log));
}

}  // namespace sidecert::dns
