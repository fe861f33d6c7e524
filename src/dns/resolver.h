// DNS questions as a port; ldns does the wire format behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace sidecert::dns {

enum class RecordType : std::uint16_t { A = 1, Ns = 2, Cname = 5, Soa = 6, Txt = 16, Aaaa = 28, Dname = 39, Caa = 257 };

enum class ResponseCode : std::uint8_t { NoError = 0, FormErr = 1, ServFail = 2, NxDomain = 3, NotImp = 4, Refused = 5 };

struct Record {
  std::string owner;  // as this project keeps names
  RecordType type{};
  std::uint32_t ttl = 0;
  /// A, AAAA: the address; NS, CNAME, DNAME: the target name; TXT: the strings joined; SOA: the primary's name;
  /// CAA: `flags tag value`.
  std::string data;
};

struct Answer {
  ResponseCode code{};
  bool authoritative = false;  // the AA bit
  bool authentic = false;      // the AD bit
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

enum class Recursion { Desired, NotDesired };

class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  /// One question to one server: UDP, TCP after truncation, random id and port, the answer matched to the question.
  /// @returns Unreachable when no answer came within `limit`, BadAnswer when what came was no answer to the question.
  [[nodiscard]] virtual Result<Answer> ask(const Server&, const std::string& name, RecordType, Recursion, Duration limit) = 0;

  /// The recursive servers to ask when no authoritative one is known: the owner's, or the system's.
  [[nodiscard]] virtual Result<std::vector<Server>> recursiveServers() = 0;

  /// Addresses of a host, by /etc/hosts and the recursive servers (the owner's, when there are any).
  [[nodiscard]] virtual Result<std::vector<std::string>> addressesOf(const std::string& host) = 0;
};

/// @param servers  "host:port", "host", "[v6]:port"; hosts may be names. Empty: /etc/resolv.conf.
[[nodiscard]] std::unique_ptr<Resolver> makeResolver(std::vector<std::string> servers, Log);

}  // namespace sidecert::dns
