// DNS questions as a port; ldns does the wire format behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/effort.h"
#include "base/log.h"
#include "base/result.h"

namespace sidecert::dns {

enum class RecordType : std::uint16_t { A = 1, Ns = 2, Cname = 5, Soa = 6, Txt = 16, Aaaa = 28, Dname = 39, Caa = 257 };

enum class ResponseCode : std::uint8_t {
  NoError = 0,
  FormErr = 1,
  ServFail = 2,
  NxDomain = 3,
  NotImp = 4,
  Refused = 5,
  NotAuth = 9,  // RFC 2136, RFC 8945
  NotZone = 10  // RFC 2136
};

/// The mnemonics of the IANA registry ("NXDOMAIN", "RCODE 23"), and of the types ("TXT").
[[nodiscard]] std::string toString(ResponseCode);
[[nodiscard]] std::string toString(RecordType);

struct Record {
  std::string owner;  // as this project keeps names
  RecordType type{};
  std::uint32_t ttl = 0;
  /// A, AAAA: the address; NS, CNAME, DNAME: the target name; TXT: the strings joined; SOA: the primary's name;
  /// CAA: `flags tag value`.
  std::string data;
};

struct Response {
  ResponseCode code{};
  bool authoritative = false;  // the AA bit
  bool authentic = false;      // the AD bit
  bool recursive = false;      // the RA bit: the server offers to ask others
  std::vector<Record> answers;
  std::vector<Record> authority;
  std::vector<Record> additional;
};

struct Server {
  std::string address;  // literal, IPv4 or IPv6
  std::uint16_t port = 53;
  auto operator<=>(const Server&) const = default;
  [[nodiscard]] std::string text() const;  // "192.0.2.1:53", "[2001:db8::1]:53"
};

/// Public RFC 8484 services, asked when port 53 tells nothing.
[[nodiscard]] std::vector<std::string> publicHttpsServices();

enum class Recursion {
  Desired,
  NotDesired,
  Unchecked,  // desired, with the CD bit: a validating resolver answers even what fails DNSSEC
};

/// One question to one server.
struct Query {
  Server server;
  std::string name;
  RecordType type{};
  Recursion recursion = Recursion::NotDesired;
};

/// Takes what the question of that index came to.
using TakeAnswer = std::function<void(std::size_t index, Result<Response>)>;

/// Implementations are safe to call from several threads.
class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  /// One question to one server: UDP, TCP after truncation, random id and port, the answer matched to the question.
  /// @returns Unreachable when no answer came within the effort, BadAnswer when what came was no answer to the question.
  [[nodiscard]] virtual Result<Response> ask(const Server&, const std::string& name, RecordType, Recursion,
                                             const Effort&) = 0;

  /// Many questions together: no answer waits for another. What each came to is handed over as it comes, in the calling
  /// thread, once for each question, in any order.
  /// @param limit  for each question, from the moment it is sent
  virtual void askAll(std::span<const Query> queries, Duration limit, const Effort& effort, const TakeAnswer& take) {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const Query& query = queries[i];
      take(i, ask(query.server, query.name, query.type, query.recursion, effort.upTo(limit)));
    }
  }

  /// The recursive servers to ask when no authoritative one is known: the owner's, or the system's.
  [[nodiscard]] virtual Result<std::vector<Server>> recursiveServers(const Effort&) = 0;

  /// Addresses of a host, by /etc/hosts and the recursive servers (the owner's, when there are any).
  [[nodiscard]] virtual Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort&) = 0;

  /// URLs of the RFC 8484 services to ask where port 53 is closed or intercepted: the owner's, or public ones.
  [[nodiscard]] virtual std::vector<std::string> httpsServices() { return publicHttpsServices(); }

  /// Whether this machine has any way there at all: false for an IPv6 address where there is no IPv6.
  [[nodiscard]] virtual bool hasRoute(const Server&) { return true; }
};

/// The questions together, in their order.
[[nodiscard]] std::vector<Result<Response>> answersTo(Resolver&, std::span<const Query>, Duration limit, const Effort&);

/// What recursive servers are asked.
struct Lookup {
  std::string name;
  RecordType type{};
  Recursion recursion = Recursion::Desired;
};

/// All of them together, in their order; each as `lookUp` does it.
[[nodiscard]] std::vector<Result<Response>> lookUpAll(Resolver&, std::span<const Lookup>, const Effort&);

/// The question put to the recursive servers one after the other until one says what is there or that there is nothing.
/// @returns Unreachable or BadAnswer, naming every server and what it said, when none does.
[[nodiscard]] Result<Response> lookUp(Resolver&, const std::string& name, RecordType, const Effort&,
                                      Recursion = Recursion::Desired);

/// "host:port", "host", "[v6]:port" or a bare IPv6 address. @returns nothing when it is none of these.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 53;
};
[[nodiscard]] std::optional<HostAndPort> parseHostAndPort(std::string_view text, std::uint16_t default_port = 53);

/// @param servers  as parseHostAndPort takes them; hosts may be names. None: /etc/resolv.conf. Those that begin with
///                 https:// are httpsServices()
[[nodiscard]] std::unique_ptr<Resolver> makeResolver(const std::vector<std::string>& servers, Log);

}  // namespace sidecert::dns
