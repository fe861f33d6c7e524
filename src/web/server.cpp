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

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/tcp.h"

namespace sidecert::web {
namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr int kWorkers = 4;  // browsers open connections ahead of need and leave them silent
constexpr int kBacklog = 16;
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

/// @returns false when `end` was signalled or the deadline came first
bool ready(const Descriptor& connection, short events, const Descriptor& end, Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  std::array<pollfd, 2> waiting{{{connection.get(), events, 0}, {end.get(), POLLIN, 0}}};
  return left > 0 && ::poll(waiting.data(), waiting.size(), static_cast<int>(left)) > 0 && waiting[1].revents == 0;
}

/// The request up to the empty line that ends its head, or as much of it as is allowed.
std::string readHead(const Descriptor& connection, const Descriptor& end, Deadline deadline) {
  std::string head;
  std::array<char, 2048> piece{};
  while (!head.contains("\r\n\r\n") && head.size() < kLongestHead && ready(connection, POLLIN, end, deadline)) {
    const ssize_t count = ::recv(connection.get(), piece.data(), piece.size(), 0);
    if (count <= 0) break;
    head.append(piece.data(), static_cast<std::size_t>(count));
  }
  return head;
}

void send(const Descriptor& connection, std::string_view octets, const Descriptor& end, Deadline deadline) {
  while (!octets.empty() && ready(connection, POLLOUT, end, deadline)) {
    const ssize_t count = ::send(connection.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// A close with octets unread would be a reset, which may overtake the answer.
void finish(const Descriptor& connection, const Descriptor& end, Deadline deadline) {
  ::shutdown(connection.get(), SHUT_WR);
  std::array<char, 2048> piece{};
  while (ready(connection, POLLIN, end, deadline) && ::recv(connection.get(), piece.data(), piece.size(), 0) > 0) {
  }
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
  return handler(target.substr(0, target.find('?')));
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
  for (int i = 0; i < kWorkers; ++i) workers_.emplace_back([this] { work(); });
}

Server::~Server() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(end_.get(), &one, sizeof one) == sizeof one);
  for (std::thread& worker : workers_) worker.join();
}

void Server::work() const {
  while (true) {
    std::array<pollfd, 2> waiting{{{listening_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    const Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) exchange(connection);
  }
}

void Server::exchange(const Descriptor& connection) const {
  const Deadline deadline = std::chrono::steady_clock::now() + kExchange;
  const std::string head = readHead(connection, end_, deadline);
  if (head.empty()) return;
  const auto request = parse(head);
  const bool with_body = !request || request->getMethod() != HTTPRequest::HTTP_HEAD;
  send(connection, written(answerTo(request, handler_), with_body), end_, deadline);
  finish(connection, end_, deadline);
}

}  // namespace sidecert::web
