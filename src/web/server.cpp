#include "web/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timestamp.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/tcp.h"

namespace sidecert::web {
namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr int kBacklog = 16;
constexpr std::size_t kMostConnections = 64;  // beyond them the oldest is cut
constexpr std::chrono::seconds kExchange{5};
constexpr std::size_t kLongestHead = 8192;

std::string addressText(const std::string& host, std::uint16_t port) {
  return fmt::format(fmt::runtime(host.contains(':') ? "[{}]:{}" : "{}:{}"), host, port);
}

Result<Descriptor> bindTo(const std::string& host, std::uint16_t port) {
  const auto refused = [&](int error) {
    return fail(ErrorCode::Settings,
                fmt::format("cannot listen at {}: {}", addressText(host, port), std::generic_category().message(error)));
  };
  const auto addresses = resolveHost(host, port);
  if (!addresses) return std::unexpected(addresses.error());
  const TcpAddress& address = addresses->front();
  Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return refused(errno);
  const int on = 1;
  const int off = 0;
  // The connections of the run before may linger in TIME_WAIT.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 ||
      ::listen(socket.get(), kBacklog) != 0)
    return refused(errno);
  return socket;
}

Result<Descriptor> bindToAll(std::uint16_t port) {
  auto both = bindTo("::", port);
  if (both) return both;
  return bindTo("0.0.0.0", port);  // a kernel without IPv6
}

std::uint16_t portOf(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

std::optional<HTTPRequest> parse(const std::string& head) {
  HTTPRequest request;
  std::istringstream stream(head);
  try {
    request.read(stream);
  } catch (const Poco::Exception&) {
    return std::nullopt;
  }
  return request;
}

Answer plain(int status, std::string text) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = std::move(text)};
}

Answer answerTo(const std::optional<HTTPRequest>& request, const Handler& handler) {
  if (!request) return plain(HTTPResponse::HTTP_BAD_REQUEST, "this is no HTTP request\n");
  const std::string& method = request->getMethod();
  if (method != HTTPRequest::HTTP_GET && method != HTTPRequest::HTTP_HEAD)
    return plain(HTTPResponse::HTTP_METHOD_NOT_ALLOWED, "there is only something to read here\n");
  const std::string& target = request->getURI();
  try {
    return handler(target.substr(0, target.find('?')));
  } catch (const std::exception&) {
    // Whatever breaks there must not end renewals.
    return plain(HTTPResponse::HTTP_INTERNAL_SERVER_ERROR, "this page cannot be made now\n");
  }
}

std::string written(const Answer& answer, bool with_body) {
  HTTPResponse response(HTTPResponse::HTTP_1_1, static_cast<HTTPResponse::HTTPStatus>(answer.status));
  response.setDate(Poco::Timestamp());
  response.setContentType(answer.type);
  response.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
  response.setKeepAlive(false);
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'");
  response.set("Referrer-Policy", "no-referrer");
  response.set("X-Content-Type-Options", "nosniff");
  if (answer.status == HTTPResponse::HTTP_METHOD_NOT_ALLOWED) response.set("Allow", "GET, HEAD");
  std::ostringstream out;
  response.write(out);
  if (with_body) out << answer.body;
  return std::move(out).str();
}

/// One exchange, as far as it has come. Nothing of it ever waits.
class Exchange {
 public:
  explicit Exchange(Descriptor connection)
      : connection_(std::move(connection)), deadline_(std::chrono::steady_clock::now() + kExchange) {}

  [[nodiscard]] pollfd wish() const {
    return {connection_.get(), static_cast<short>(answer_.empty() ? POLLIN : POLLOUT), 0};
  }
  [[nodiscard]] Deadline deadline() const { return deadline_; }

  /// @returns whether there is more to come.
  [[nodiscard]] bool goOn(const Handler& handler) {
    if (finished_) return swallow();
    if (answer_.empty() && !readHead(handler)) return false;
    return answer_.empty() || write();
  }

 private:
  bool readHead(const Handler& handler) {
    std::array<char, 2048> piece{};
    const ssize_t count = ::recv(connection_.get(), piece.data(), piece.size(), 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    head_.append(piece.data(), static_cast<std::size_t>(count));
    if (count > 0 && !head_.contains("\r\n\r\n") && head_.size() < kLongestHead) return true;
    if (head_.empty()) return false;
    const auto request = parse(head_);
    answer_ = written(answerTo(request, handler), !request || request->getMethod() != HTTPRequest::HTTP_HEAD);
    return true;
  }

  bool write() {
    const ssize_t count = ::send(connection_.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    answer_.erase(0, static_cast<std::size_t>(count));
    if (!answer_.empty()) return true;
    // A close with octets unread would be a reset, which may overtake the answer.
    ::shutdown(connection_.get(), SHUT_WR);
    finished_ = true;
    return true;
  }

  bool swallow() {
    std::array<char, 2048> piece{};
    const ssize_t count = ::recv(connection_.get(), piece.data(), piece.size(), 0);
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
  }

  Descriptor connection_;
  Deadline deadline_;
  std::string head_, answer_;
  bool finished_ = false;
};

/// How long poll may sleep until the first exchange has used up its time; -1: for ever.
int patience(const std::vector<std::unique_ptr<Exchange>>& exchanges) {
  if (exchanges.empty()) return -1;
  const auto left = exchanges.front()->deadline() - std::chrono::steady_clock::now();
  return std::max(0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(const std::string& host, std::uint16_t port, Handler handler) {
  auto socket = host.empty() ? bindToAll(port) : bindTo(host, port);
  if (!socket) return std::unexpected(socket.error());
  Descriptor end(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!end.valid()) return fail(ErrorCode::Internal, "cannot make an event descriptor");
  const std::uint16_t bound = portOf(*socket);
  return std::unique_ptr<Server>(new Server(std::move(*socket), std::move(end), bound, std::move(handler)));
}

Server::Server(Descriptor listening, Descriptor end, std::uint16_t port, Handler handler)
    : listening_(std::move(listening)), end_(std::move(end)), port_(port), handler_(std::move(handler)) {
  worker_ = std::thread([this] { work(); });
}

Server::~Server() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(end_.get(), &one, sizeof one) == sizeof one);
  worker_.join();
}

void Server::work() const {
  std::vector<std::unique_ptr<Exchange>> exchanges;  // oldest first
  while (true) {
    std::vector<pollfd> waiting{{listening_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
    for (const auto& exchange : exchanges) waiting.push_back(exchange->wish());
    if (::poll(waiting.data(), waiting.size(), patience(exchanges)) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
      const bool over = exchanges[i]->deadline() <= std::chrono::steady_clock::now();
      if (over || (waiting[i + 2].revents != 0 && !exchanges[i]->goOn(handler_))) exchanges[i].reset();
    }
    std::erase(exchanges, nullptr);
    if (waiting[0].revents == 0) continue;
    Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection.valid()) continue;
    if (exchanges.size() == kMostConnections) exchanges.erase(exchanges.begin());
    exchanges.push_back(std::make_unique<Exchange>(std::move(connection)));
  }
}

}  // namespace sidecert::web
