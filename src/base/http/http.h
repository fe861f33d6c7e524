// The network port: one HTTP/1.1 exchange over a pool of kept-alive connections.
// The transport never follows a redirect and sends no header the caller did not ask for except Host, Content-Length,
// User-Agent (when the caller set none) and Connection. It never repeats a request, but for one case: a resting connection
// turns out dead before any octet of an answer came, and the request is idempotent or none of it was sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/effort.h"
#include "base/name_lookup.h"
#include "base/result.h"

namespace sidecert {

/// Header fields in the order of arrival; names compare without case (RFC 9110 section 5.1).
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name.
  void set(std::string_view name, std::string value);
  [[nodiscard]] std::optional<std::string> first(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// How the peer of an https URL is checked.
struct TlsTrust {
  enum class Mode {
    Verify,           // chain against the trust store, dates, host name
    VerifyButExpiry,  // as Verify, but what has expired is accepted: its key still says whose it is
    Pinned,           // the leaf's SHA-256 is one of `pins`; nothing else is looked at
    Anything,         // no check: only for the machine we run on, or when the owner says so
  };
  Mode mode = Mode::Verify;
  std::vector<std::string> pins;  // lower-case hex, 64 characters each
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute, http or https
  HttpHeaders headers;
  std::string body;
  TlsTrust tls;
  std::string connect_to;          // address literal to connect to in place of the URL's host; empty: resolve the host
  Duration connect_limit{10'000};  // per address tried, TLS handshake included
  Duration silence_limit{30'000};  // the longest wait for the next octet
  Duration total_limit{120'000};   // whole exchange
  // Octets of the answer's body; more is BadAnswer. The largest known is a page of a few thousand records, below 1 MiB; a
  // NAS may have 512 MiB for all it does, and what is parsed takes several times its text.
  std::size_t body_limit = 4U << 20U;
  bool secret_path = false;  // keep path and query out of the debug log (the query always is)
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::string peer_sha256;  // of the peer's leaf certificate, lower-case hex; empty for http
};

class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  /// One exchange, within the request's limits and the effort's time; a stop reaches it wherever it waits. It draws on no
  /// attempts. Any status is a success of the transport. Safe to call from several threads.
  /// @returns Unreachable or Untrusted when nothing was sent, AnswerLost when the request may have taken effect,
  ///          BadAnswer when the answer is no HTTP or too large, Stopped when nobody knows how far it came.
  [[nodiscard]] virtual Result<HttpResponse> send(const HttpRequest&, const Effort&) = 0;

  /// A TLS handshake without a request: what does this server show for this name?
  /// @param sni  the server name asked for; empty: none.
  /// @returns the leaf certificate in DER. Nothing is verified.
  [[nodiscard]] virtual Result<std::string> peerCertificate(const std::string& host, std::uint16_t port,
                                                            const std::string& sni, const Effort&) = 0;

  /// How names are looked up where an exchange connects to a host by name; here: what the machine knows by itself. Lives as
  /// long as the transport.
  [[nodiscard]] virtual NameLookup& names();
};

struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case, IPv6 without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"
  /// "https://host:port", port left out when it is the scheme's own, IPv6 in brackets.
  [[nodiscard]] std::string origin() const;
};

/// @returns nothing unless it is an absolute http or https URL with a host. User information and fragments are refused.
[[nodiscard]] std::optional<Url> parseUrl(std::string_view);

/// Retry-After as seconds or as any of the three HTTP-date forms (RFC 9110 sections 5.6.7 and 10.2.3).
/// @returns nothing when unreadable or negative; a date in the past is 0.
[[nodiscard]] std::optional<std::chrono::seconds> parseRetryAfter(std::string_view, TimePoint now);

/// An HTTP-date in any of the three forms of RFC 9110 section 5.6.7.
[[nodiscard]] std::optional<TimePoint> parseHttpDate(std::string_view);

}  // namespace sidecert
