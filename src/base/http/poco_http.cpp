#include "base/http/poco_http.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <tuple>
#include <utility>

#include "base/http/connection_pool.h"
#include "base/http/http_proxy.h"
#include "base/http/http_wire.h"
#include "base/text.h"
#include "base/tls.h"

namespace sidecert {
namespace {

using Stream = std::unique_ptr<ByteStream>;

constexpr int kProxyAuthenticationRequired = 407;

bool isIdempotent(std::string_view method) {
  constexpr std::array<std::string_view, 5> methods{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::ranges::contains(methods, method);
}

bool isAddressLiteral(std::string_view host) {
  return host.contains(':') || std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

// A name may end in the root's dot; no certificate does.
std::string withoutRootDot(std::string host) {
  if (host.ends_with('.')) host.pop_back();
  return host;
}

std::string poolKey(const Url& url, const HttpRequest& request) {
  return fmt::format("{} {} {} {}", url.origin(), request.connect_to, static_cast<int>(request.tls.mode),
                     join(request.tls.pins, ","));
}

std::string shownTarget(const HttpRequest& request, const Url& url) {
  if (request.secret_path) return url.origin() + "/…";
  return url.origin() + url.target.substr(0, url.target.find('?'));
}

// One exchange on one connection.
class Exchange {
 public:
  Exchange(ByteStream& stream, Duration silence, Patience total)
      : stream_(stream), silence_(silence), total_(std::move(total)) {}

  Result<WireAnswer> run(std::string_view octets, std::string_view method, std::size_t body_limit) {
    while (!octets.empty()) {
      const auto count = stream_.write(octets, next());
      if (!count) return writingFailed(count.error());
      sent_ = true;
      octets.remove_prefix(*count);
    }
    const OctetSource source = [this](std::span<char> buffer) -> Result<std::size_t> {
      const auto count = stream_.read(buffer, next());
      if (count) {
        answered_ = true;
        return *count;
      }
      if (count.error() == StreamEnd::Closed && answered_) return 0U;
      return readingFailed(count.error());
    };
    return readAnswer(source, method, body_limit);
  }

  /// The server had hung up before this request: it saw nothing of it, or at least has not begun to answer.
  [[nodiscard]] bool sent() const { return sent_; }
  [[nodiscard]] bool answered() const { return answered_; }
  /// It was us who did not wait any longer.
  [[nodiscard]] bool givenUp() const { return given_up_; }

 private:
  [[nodiscard]] Patience next() const { return total_.upTo(silence_); }

  std::unexpected<Error> writingFailed(StreamEnd end) {
    given_up_ = end == StreamEnd::TimedOut || end == StreamEnd::Stopped;
    if (end == StreamEnd::Stopped) return fail(ErrorCode::Stopped, "stopped while sending");
    const auto code = sent_ || given_up_ ? ErrorCode::AnswerLost : ErrorCode::Unreachable;
    return fail(code, given_up_ ? "the server did not take the request in time" : "the connection was cut while sending");
  }

  std::unexpected<Error> readingFailed(StreamEnd end) {
    given_up_ = end == StreamEnd::TimedOut || end == StreamEnd::Stopped;
    if (end == StreamEnd::Stopped) return fail(ErrorCode::Stopped, "stopped while waiting for the answer");
    if (given_up_)
      return fail(ErrorCode::AnswerLost, answered_ ? "the answer did not end in time" : "no answer came in time");
    return fail(ErrorCode::AnswerLost, answered_ ? "the connection was cut in the middle of the answer"
                                                 : "the server closed the connection without an answer");
  }

  ByteStream& stream_;
  Duration silence_;
  Patience total_;
  bool sent_ = false;
  bool answered_ = false;
  bool given_up_ = false;
};

class PocoHttp final : public HttpTransport {
 public:
  PocoHttp(HttpOptions options, std::optional<Proxy> https_proxy, std::optional<Proxy> http_proxy, NoProxy no_proxy,
           std::unique_ptr<TlsClient> tls, std::unique_ptr<NameLookup> names, Log log)
      : options_(std::move(options)),
        https_proxy_(std::move(https_proxy)),
        http_proxy_(std::move(http_proxy)),
        no_proxy_(std::move(no_proxy)),
        tls_(std::move(tls)),
        names_(std::move(names)),
        log_(std::move(log)) {}

  Result<HttpResponse> send(const HttpRequest& request, const Effort& effort) override {
    const auto url = parseUrl(request.url);
    if (!url) {
      return fail(ErrorCode::Settings, request.secret_path ? "a URL is no http or https address"
                                                           : "no http or https address: " + excerpt(request.url));
    }
    const auto shown = request.method + " " + shownTarget(request, *url);
    if (auto going = effort.check("asking"); !going) return within(shown, going.error());
    const auto begun = std::chrono::steady_clock::now();
    const auto response = exchange(request, *url, effort.upTo(request.total_limit));
    const auto took = std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
    if (!response) {
      log_.debug("{}: {} after {} ms", shown, response.error().what, took);
      return within(shown, response.error());
    }
    log_.debug("{}: {} in {} ms", shown, response->status, took);
    return response;
  }

  Result<std::string> peerCertificate(const std::string& host, std::uint16_t port, const std::string& sni,
                                      const Effort& effort) override {
    const Url url{.scheme = "https", .host = host, .port = port, .target = "/"};
    HttpRequest request;
    request.tls.mode = TlsTrust::Mode::Anything;
    const Effort limited = effort.upTo(request.total_limit);
    auto stream = connect(url, request, sni, limited, Patience(limited));
    if (!stream) return within("TLS with " + url.origin(), stream.error());
    return (*stream)->peerDer();
  }

  NameLookup& names() override { return *names_; }

 private:
  Result<HttpResponse> exchange(const HttpRequest& request, const Url& url, const Effort& effort) {
    const Patience total(effort);
    const auto octets = prepare(request, url);
    if (!octets) return std::unexpected(octets.error());
    const auto key = poolKey(url, request);
    if (auto stream = pool_.take(key)) {
      Exchange kept(*stream, request.silence_limit, total);
      auto answer = kept.run(*octets, request.method, request.body_limit);
      if (answer) return finish(key, std::move(stream), std::move(*answer));
      // The server may hang up on a resting connection just as we write to it.
      const bool harmless = !kept.sent() || isIdempotent(request.method);
      if (kept.answered() || kept.givenUp() || !harmless) return std::unexpected(answer.error());
    }
    const auto host = withoutRootDot(url.host);
    auto stream = connect(url, request, isAddressLiteral(host) ? "" : host, effort, total);
    if (!stream) return std::unexpected(stream.error());
    Exchange fresh(**stream, request.silence_limit, total);
    auto answer = fresh.run(*octets, request.method, request.body_limit);
    if (!answer) return std::unexpected(answer.error());
    if (const auto* proxy = proxyFor(url, request);
        proxy != nullptr && url.scheme == "http" && answer->response.status == kProxyAuthenticationRequired) {
      return proxyWantsLogin(*proxy);
    }
    return finish(key, std::move(*stream), std::move(*answer));
  }

  HttpResponse finish(const std::string& key, Stream stream, WireAnswer answer) {
    if (!stream->peerDer().empty()) answer.response.peer_sha256 = fingerprintOf(stream->peerDer());
    if (answer.keep_alive) pool_.giveBack(key, std::move(stream));
    return std::move(answer.response);
  }

  Result<std::string> prepare(const HttpRequest& request, const Url& url) const {
    const auto* proxy = proxyFor(url, request);
    if (proxy == nullptr || url.scheme == "https") return writeRequest(request, url, url.target, options_.user_agent);
    HttpRequest through = request;
    if (!proxy->authorization.empty()) through.headers.set("Proxy-Authorization", proxy->authorization);
    return writeRequest(through, url, url.origin() + url.target, options_.user_agent);
  }

  const Proxy* proxyFor(const Url& url, const HttpRequest& request) const {
    const auto& proxy = url.scheme == "https" ? https_proxy_ : http_proxy_;
    if (!proxy || !request.connect_to.empty() || no_proxy_.covers(url.host, url.port)) return nullptr;
    return &*proxy;
  }

  // Tries every address in turn: a host with a dead IPv6 address is still reached by IPv4.
  Result<Stream> connect(const Url& url, const HttpRequest& request, const std::string& sni, const Effort& effort,
                         const Patience& total) {
    const auto* proxy = proxyFor(url, request);
    const auto& host = proxy != nullptr ? proxy->host : request.connect_to.empty() ? url.host : request.connect_to;
    const auto addresses = resolveHost(*names_, host, proxy != nullptr ? proxy->port : url.port, effort);
    if (!addresses) return proxy != nullptr ? proxyFailed(*proxy, addresses.error()) : std::unexpected(addresses.error());
    std::optional<Error> failure;
    for (const auto& address : *addresses) {
      auto stream = connectTo(address, url, request, sni, total.upTo(request.connect_limit));
      if (stream || stream.error().code != ErrorCode::Unreachable) return stream;
      if (failure) failure->what += "; " + stream.error().what;
      if (!failure) failure = stream.error();
    }
    return std::unexpected(failure.value_or(Error{ErrorCode::Unreachable, host + " has no address", ""}));
  }

  Result<Stream> connectTo(const TcpAddress& address, const Url& url, const HttpRequest& request, const std::string& sni,
                           const Patience& patience) {
    const auto* proxy = proxyFor(url, request);
    auto socket = connectTcp(address, patience);
    if (!socket) return proxy != nullptr ? proxyFailed(*proxy, socket.error()) : std::unexpected(socket.error());
    if (url.scheme == "http") return plainStream(std::move(*socket));
    if (proxy != nullptr) {
      if (auto open = openTunnel(*socket, *proxy, url, patience); !open) return std::unexpected(open.error());
    }
    return tls_->handshake(std::move(*socket), withoutRootDot(url.host), sni, request.tls, patience);
  }

  Result<> openTunnel(const Descriptor& socket, const Proxy& proxy, const Url& url, const Patience& patience) const {
    const auto authority =
        url.host.contains(':') ? fmt::format("[{}]:{}", url.host, url.port) : fmt::format("{}:{}", url.host, url.port);
    HttpRequest request{.method = "CONNECT", .headers = {{"Host", authority}}};
    if (!proxy.authorization.empty()) request.headers.add("Proxy-Authorization", proxy.authorization);
    const auto octets = writeRequest(request, url, authority, options_.user_agent);
    if (!octets) return std::unexpected(octets.error());
    const auto stream = plainStream(Descriptor(::dup(socket.get())));
    // The answer to CONNECT has no body, like one to HEAD.
    const auto answer = Exchange(*stream, Duration::max(), patience).run(*octets, "HEAD", 0);
    if (!answer) {
      Error error = answer.error();
      error.what = "it did not answer: " + error.what;
      return proxyFailed(proxy, std::move(error));
    }
    const int status = answer->response.status;
    if (status == kProxyAuthenticationRequired) return proxyWantsLogin(proxy);
    if (status / 100 != 2) {
      return proxyFailed(proxy, {ErrorCode::Unreachable, fmt::format("it refused to connect to {}: {}", authority, status)});
    }
    return {};
  }

  static std::unexpected<Error> proxyFailed(const Proxy& proxy, Error error) {
    if (error.code == ErrorCode::Stopped) return std::unexpected(std::move(error));
    error.code = ErrorCode::Unreachable;
    error.hint = fmt::format("check {}, and NO_PROXY for what is reached without it", proxy.variable);
    return within(proxy.text(), std::move(error));
  }

  static std::unexpected<Error> proxyWantsLogin(const Proxy& proxy) {
    return fail(ErrorCode::Unreachable, proxy.text() + " wants a login",
                fmt::format("write it as http://user:password@host:port in {}", proxy.variable));
  }

  HttpOptions options_;
  std::optional<Proxy> https_proxy_;
  std::optional<Proxy> http_proxy_;
  NoProxy no_proxy_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<NameLookup> names_;
  Log log_;
  ConnectionPool pool_;
};

}  // namespace

Result<std::unique_ptr<HttpTransport>> makePocoHttp(HttpOptions options, Log log, std::unique_ptr<NameLookup> names) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL; a server that hangs up must not end the process.
  std::ignore = std::signal(SIGPIPE, SIG_IGN);
  auto https_proxy = parseProxy(options.https_proxy, "HTTPS_PROXY");
  if (!https_proxy) return std::unexpected(https_proxy.error());
  auto http_proxy = parseProxy(options.http_proxy, "HTTP_PROXY");
  if (!http_proxy) return std::unexpected(http_proxy.error());
  for (auto* proxy : {&https_proxy, &http_proxy}) {
    if (!proxy->value()) *proxy = parseProxy(options.all_proxy, "ALL_PROXY");
    if (!*proxy) return std::unexpected(proxy->error());
  }
  auto no_proxy = NoProxy::parse(options.no_proxy);
  if (!no_proxy) return std::unexpected(no_proxy.error());
  auto tls = std::make_unique<TlsClient>();
  for (const auto& file : options.trust_files) {
    if (auto added = tls->addTrustFile(file); !added) return std::unexpected(added.error());
  }
  return std::make_unique<PocoHttp>(std::move(options), std::move(*https_proxy), std::move(*http_proxy),
                                    std::move(*no_proxy), std::move(tls), std::move(names), std::move(log));
}

}  // namespace sidecert
