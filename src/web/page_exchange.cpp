#include "web/page_exchange.h"

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timestamp.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"

namespace sidecert::web {
namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr std::chrono::seconds kWholeExchange{5};
constexpr std::size_t kLongestHead = 8192;
constexpr std::size_t kLongestHost = 260;  // a DNS name, and a port
constexpr int kMisdirected = 421;          // RFC 9110 section 15.5.20

std::optional<HTTPRequest> parse(const std::string& head) {
  HTTPRequest request;
  std::istringstream stream(head);
  try {
    request.read(stream);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return request;
}

PageResponse plain(int status, std::string text) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = std::move(text)};
}

/// The Host fields; one is right (RFC 9112 section 3.2), and what speaks HTTP/1.0 without one is no browser.
std::vector<std::string> hostsOf(const HTTPRequest& request) {
  std::vector<std::string> hosts;
  for (const auto& [name, value] : request) {
    if (equalsIgnoringCase(name, "Host")) hosts.push_back(value);
  }
  return hosts;
}

PageResponse answerTo(const std::optional<HTTPRequest>& request, const KnownHosts& known, const Handler& handler) {
  if (!request) return plain(HTTPResponse::HTTP_BAD_REQUEST, "this is no HTTP request\n");
  const std::vector<std::string> hosts = hostsOf(*request);
  if (hosts.size() > 1 || (hosts.empty() && request->getVersion() != HTTPRequest::HTTP_1_0))
    return plain(HTTPResponse::HTTP_BAD_REQUEST, "a request has one Host field\n");
  if (!hosts.empty() && (hosts.front().size() > kLongestHost || !known.contains(hosts.front())))
    return plain(kMisdirected, fmt::format("{} is no name of this page. If it is yours, add it to STATUS_HOST.\n",
                                           excerpt(hosts.front(), 80)));
  const std::string& method = request->getMethod();
  if (method != HTTPRequest::HTTP_GET && method != HTTPRequest::HTTP_HEAD)
    return plain(HTTPResponse::HTTP_METHOD_NOT_ALLOWED, "there is only something to read here\n");
  const std::string& target = request->getURI();
  return handler(target.substr(0, target.find('?')));
}

/// A mistake in what is served ends neither the page nor the program that serves it.
PageResponse answerInAnyCase(const std::optional<HTTPRequest>& request, const KnownHosts& known, const Handler& handler) {
  try {
    return answerTo(request, known, handler);
  } catch (const std::exception& bug) {
    return plain(HTTPResponse::HTTP_INTERNAL_SERVER_ERROR, fmt::format("an internal error: {}\n", excerpt(bug.what())));
  }
}

std::string written(const PageResponse& answer, bool with_body) {
  HTTPResponse response(HTTPResponse::HTTP_1_1, static_cast<HTTPResponse::HTTPStatus>(answer.status));
  if (answer.status == kMisdirected) response.setReason("Misdirected Request");  // Poco knows no words for it
  response.setDate(Poco::Timestamp());
  response.setContentType(answer.type);
  response.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
  response.setKeepAlive(false);
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Referrer-Policy", "no-referrer");
  response.set("X-Content-Type-Options", "nosniff");
  if (answer.status == HTTPResponse::HTTP_METHOD_NOT_ALLOWED) response.set("Allow", "GET, HEAD");
  std::ostringstream out;
  response.write(out);
  if (with_body) out << answer.body;
  return std::move(out).str();
}

bool wouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Exchange::Exchange(Descriptor connection, std::string client, ExchangeClock::time_point now)
    : connection_(std::move(connection)), client_(std::move(client)), deadline_(now + kWholeExchange) {}

short Exchange::events() const {
  return stage_ == Stage::Writing ? POLLOUT : POLLIN;
}

bool Exchange::proceed(const KnownHosts& known, const Handler& handler) {
  switch (stage_) {
    case Stage::Reading: return read(known, handler);
    case Stage::Writing: return write();
    case Stage::Draining: return drain();
  }
  return false;
}

bool Exchange::read(const KnownHosts& known, const Handler& handler) {
  std::array<char, 2048> piece{};
  const ssize_t count = ::recv(connection_.get(), piece.data(), std::min(piece.size(), kLongestHead - head_.size()), 0);
  if (count < 0 && wouldBlock()) return true;
  if (count < 0 || (count == 0 && head_.empty())) return false;
  head_.append(piece.data(), static_cast<std::size_t>(count));
  if (count > 0 && head_.size() < kLongestHead && !head_.contains("\r\n\r\n")) return true;
  const auto request = parse(head_);
  const bool with_body = !request || request->getMethod() != HTTPRequest::HTTP_HEAD;
  answer_ = written(answerInAnyCase(request, known, handler), with_body);
  stage_ = Stage::Writing;
  return write();
}

bool Exchange::write() {
  while (written_ < answer_.size()) {
    const ssize_t count = ::send(connection_.get(), answer_.data() + written_, answer_.size() - written_, MSG_NOSIGNAL);
    if (count < 0) return wouldBlock();
    written_ += static_cast<std::size_t>(count);
  }
  // A close with octets unread would be a reset, which may overtake the answer.
  ::shutdown(connection_.get(), SHUT_WR);
  stage_ = Stage::Draining;
  return true;
}

bool Exchange::drain() const {
  std::array<char, 2048> piece{};
  const ssize_t count = ::recv(connection_.get(), piece.data(), piece.size(), 0);
  return count > 0 || (count < 0 && wouldBlock());
}

}  // namespace sidecert::web
