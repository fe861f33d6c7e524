#include "dns/resolver.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "base/tcp.h"
#include "base/text.h"
#include "dns/exchange.h"
#include "dns/questions.h"
#include "dns/system_names.h"

namespace sidecert::dns {
namespace {

constexpr Duration kLookUpLimit{5000};
constexpr std::size_t kMostRecursiveServers = 4;  // each that fails costs kLookUpLimit; resolv.conf(5) takes three

bool isAddress(const std::string& host) {
  return parseAddress(host, 0).has_value();
}

class NetworkResolver final : public Resolver {
 public:
  NetworkResolver(const std::vector<std::string>& servers, Log log) : log_(std::move(log)), names_(makeSystemNames(log_)) {
    for (const std::string& server : servers)
      (lower(server).starts_with("https://") ? https_ : configured_).push_back(server);
  }

  Result<Response> ask(const Server& server, const std::string& name, RecordType type, Recursion recursion,
                       const Effort& effort) override {
    const Query query{.server = server, .name = name, .type = type, .recursion = recursion};
    return std::move(answersTo(*this, {&query, 1}, effort.left(), effort).front());
  }

  void askAll(std::span<const Query> queries, Duration limit, const Effort& effort, const TakeAnswer& take) override {
    askTogether(queries, limit, effort, [&](std::size_t index, Result<Response> answer) {
      const Query& query = queries[index];
      if (answer) {
        log_.debug("{} {} at {}: {}{}, {} records", toString(query.type), query.name, query.server.text(),
                   toString(answer->code), answer->authoritative ? ", authoritative" : "", answer->answers.size());
      } else {
        log_.debug("{} {} at {}: {}", toString(query.type), query.name, query.server.text(), answer.error().what);
        if (answer.error().code == ErrorCode::AnswerLost) answer.error().code = ErrorCode::Unreachable;
      }
      take(index, std::move(answer));
    });
  }

  Result<std::vector<Server>> recursiveServers(const Effort& effort) override {
    const std::lock_guard lock(mutex_);
    if (!recursive_.empty()) return recursive_;
    if (configured_.empty()) {
      recursive_ = systemServers();
      return recursive_;
    }
    std::vector<Server> servers;
    std::optional<Error> unknown;
    for (const std::string& entry : configured_) {
      const auto parsed = parseHostAndPort(entry);
      if (!parsed) {
        return fail(ErrorCode::Settings, fmt::format("\"{}\" is no name server", excerpt(entry)),
                    "ACME_DNS_RESOLVERS is a list of addresses, host:port or [IPv6]:port: 9.9.9.9, 1.1.1.1:53");
      }
      const auto addresses = names_->addressesOf(parsed->host, effort);
      if (addresses) {
        for (const std::string& address : *addresses) servers.push_back({address, parsed->port});
      } else if (addresses.error().code == ErrorCode::Stopped) {
        return std::unexpected(addresses.error());
      } else {
        unknown = addresses.error();
      }
    }
    if (servers.empty()) {
      return fail(ErrorCode::Unreachable, fmt::format("none of the name servers can be asked: {}", unknown->what),
                  "check ACME_DNS_RESOLVERS, or leave it out to use the machine's own");
    }
    recursive_ = std::move(servers);
    return recursive_;
  }

  Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort& effort) override {
    if (isAddress(host)) return std::vector{host};
    std::vector<std::string> addresses;
    if (!configured_.empty()) {
      const std::array<Lookup, 2> lookups{{{.name = host, .type = RecordType::A}, {.name = host, .type = RecordType::Aaaa}}};
      for (const auto& answer : lookUpAll(*this, lookups, effort)) {
        if (!answer) continue;
        for (const Record& record : answer->answers) {
          if (record.type == RecordType::A || record.type == RecordType::Aaaa) addresses.push_back(record.data);
        }
      }
    }
    // /etc/hosts and the names Docker gives to services are known to the system alone.
    return addresses.empty() ? names_->addressesOf(host, effort) : addresses;
  }

  std::vector<std::string> httpsServices() override { return https_.empty() ? publicHttpsServices() : https_; }

  bool hasRoute(const Server& server) override { return hasRouteTo(server); }

 private:
  std::vector<std::string> configured_, https_;
  Log log_;
  std::unique_ptr<NameLookup> names_;
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

std::vector<Result<Response>> answersTo(Resolver& resolver, std::span<const Query> queries, Duration limit,
                                        const Effort& effort) {
  std::vector<Result<Response>> answers(queries.size());
  resolver.askAll(queries, limit, effort,
                  [&](std::size_t index, Result<Response> answer) { answers[index] = std::move(answer); });
  return answers;
}

std::vector<Result<Response>> lookUpAll(Resolver& resolver, std::span<const Lookup> lookups, const Effort& effort) {
  const auto servers = resolver.recursiveServers(effort);
  if (!servers) return std::vector(lookups.size(), Result<Response>(std::unexpected(servers.error())));
  struct Progress {
    std::optional<Response> answer;
    std::vector<std::string> failures;
    bool answered = false;
  };
  std::vector<Progress> progress(lookups.size());
  for (std::size_t turn = 0; turn < std::min(servers->size(), kMostRecursiveServers); ++turn) {
    const Server& server = (*servers)[turn];
    std::vector<Query> queries;
    std::vector<Progress*> asking;
    for (std::size_t i = 0; i < lookups.size(); ++i) {
      if (progress[i].answer) continue;
      queries.push_back(
          {.server = server, .name = lookups[i].name, .type = lookups[i].type, .recursion = lookups[i].recursion});
      asking.push_back(&progress[i]);
    }
    if (queries.empty()) break;
    resolver.askAll(queries, kLookUpLimit, effort, [&](std::size_t index, Result<Response> answer) {
      Progress& one = *asking[index];
      if (!answer) {
        one.failures.push_back(answer.error().what);
      } else if (answer->code == ResponseCode::NoError || answer->code == ResponseCode::NxDomain) {
        one.answer = std::move(*answer);
      } else {
        one.answered = true;
        one.failures.push_back(fmt::format("{} answered {}", server.text(), toString(answer->code)));
      }
    });
    if (auto going = effort.check("asking name servers"); !going && effort.stopped()) {
      return std::vector(lookups.size(), Result<Response>(std::unexpected(going.error())));
    }
  }
  std::vector<Result<Response>> answers;
  answers.reserve(lookups.size());
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    if (progress[i].answer) {
      answers.emplace_back(std::move(*progress[i].answer));
    } else {
      const bool answered = progress[i].answered;
      answers.emplace_back(fail(
          answered ? ErrorCode::BadAnswer : ErrorCode::Unreachable,
          fmt::format("looking up {} {}: {}", toString(lookups[i].type), lookups[i].name, join(progress[i].failures, "; ")),
          answered ? "" : "check the network of this container, or name other servers in ACME_DNS_RESOLVERS"));
    }
  }
  return answers;
}

Result<Response> lookUp(Resolver& resolver, const std::string& name, RecordType type, const Effort& effort,
                        Recursion recursion) {
  const Lookup lookup{.name = name, .type = type, .recursion = recursion};
  return std::move(lookUpAll(resolver, {&lookup, 1}, effort).front());
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

std::vector<std::string> publicHttpsServices() {
  return {"https://cloudflare-dns.com/dns-query", "https://dns.google/dns-query", "https://dns.quad9.net/dns-query"};
}

std::unique_ptr<Resolver> makeResolver(const std::vector<std::string>& servers, Log log) {
  return std::make_unique<NetworkResolver>(servers, std::move(log));
}

}  // namespace sidecert::dns
