#include "web/server.h"

#include <arpa/inet.h>
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
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/address_order.h"
#include "base/tcp.h"
#include "web/page_exchange.h"

namespace sidecert::web {
namespace {

constexpr int kBacklog = 64;
constexpr std::size_t kMostConnections = 64;
// Browsers open connections ahead of need and leave them silent; behind Docker's own proxy all clients have one address.
constexpr std::ptrdiff_t kMostOfOneClient = 16;
constexpr std::chrono::milliseconds kNoDescriptorPause{100};

std::string addressText(const std::string& host, std::uint16_t port) {
  return fmt::format(fmt::runtime(host.contains(':') ? "[{}]:{}" : "{}:{}"), host, port);
}

Result<Descriptor> bindTo(const std::string& host, std::uint16_t port) {
  const auto refused = [&](int error) {
    return fail(ErrorCode::Settings,
                fmt::format("cannot listen at {}: {}", addressText(host, port), std::generic_category().message(error)));
  };
  // An address to listen at is this machine's own: no name server has to be asked for it.
  std::vector<TcpAddress> addresses;
  for (const std::string& literal : LocalNames().known(host)) {
    if (auto address = parseAddress(literal, port)) addresses.push_back(std::move(*address));
  }
  if (addresses.empty()) return std::unexpected(unknownName(host));
  const TcpAddress address = inOrderOfPreference(std::move(addresses)).front();
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

std::string addressOf(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* octets = storage.ss_family == AF_INET6
                           ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr)
                           : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(storage).sin_addr);
  const char* written = ::inet_ntop(storage.ss_family, octets, text.data(), text.size());
  return written == nullptr ? "" : written;
}

/// All connections of a server, oldest first.
class Connections {
 public:
  /// As long as poll may wait, in milliseconds; -1 for ever.
  [[nodiscard]] int patience(ExchangeClock::time_point now) const {
    if (open_.empty()) return -1;
    const auto next = std::ranges::min_element(open_, {}, [](const auto& one) { return one->deadline(); });
    const auto left = std::chrono::ceil<std::chrono::milliseconds>((*next)->deadline() - now).count();
    return left > 0 ? static_cast<int>(left) : 0;
  }

  void watch(std::vector<pollfd>& into) const {
    for (const auto& one : open_) into.push_back({one->descriptor(), one->events(), 0});
  }

  /// @param seen  what poll said of each that `watch` named
  void proceed(std::span<const pollfd> seen, const KnownHosts& known, const Handler& handler) {
    std::size_t i = 0;
    std::erase_if(open_, [&](const auto& one) {
      const bool ready = seen[i++].revents != 0;
      if (ready) return !one->proceed(known, handler);
      return one->deadline() <= ExchangeClock::now();
    });
  }

  void add(Descriptor connection, const std::string& client) {
    const auto ofClient = [&](const auto& one) { return one->client() == client; };
    if (std::ranges::count_if(open_, ofClient) >= kMostOfOneClient) dropOne(ofClient);
    if (open_.size() >= kMostConnections) dropOne([](const auto&) { return true; });
    open_.push_back(std::make_unique<Exchange>(std::move(connection), client, ExchangeClock::now()));
  }

 private:
  /// The oldest that has not asked yet, else the oldest.
  template <class Which>
  void dropOne(Which which) {
    auto found = std::ranges::find_if(open_, [&](const auto& one) { return which(one) && one->silent(); });
    if (found == open_.end()) found = std::ranges::find_if(open_, which);
    open_.erase(found);
  }

  std::vector<std::unique_ptr<Exchange>> open_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(const std::string& host, std::uint16_t port, KnownHosts known,
                                               Handler handler) {
  auto socket = host.empty() ? bindToAll(port) : bindTo(host, port);
  if (!socket) return std::unexpected(socket.error());
  Descriptor end(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!end.valid()) return fail(ErrorCode::Internal, "cannot make an event descriptor");
  const std::uint16_t bound = portOf(*socket);
  return std::unique_ptr<Server>(
      new Server(std::move(*socket), std::move(end), bound, std::move(known), std::move(handler)));
}

Server::Server(Descriptor listening, Descriptor end, std::uint16_t port, KnownHosts known, Handler handler)
    : listening_(std::move(listening)),
      end_(std::move(end)),
      port_(port),
      known_(std::move(known)),
      handler_(std::move(handler)),
      loop_([this] { serve(); }) {}

Server::~Server() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(end_.get(), &one, sizeof one) == sizeof one);
  loop_.join();
}

void Server::serve() const {
  Connections connections;
  std::vector<pollfd> waiting;
  while (true) {
    waiting = {{end_.get(), POLLIN, 0}, {listening_.get(), POLLIN, 0}};
    connections.watch(waiting);
    if (::poll(waiting.data(), waiting.size(), connections.patience(ExchangeClock::now())) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0) return;
    connections.proceed(std::span(waiting).subspan(2), known_, handler_);
    if (waiting[1].revents == 0) continue;
    sockaddr_storage client{};
    socklen_t length = sizeof client;
    Descriptor connection(
        ::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&client), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      connections.add(std::move(connection), addressOf(client));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The connection stays in the queue and would be announced again at once.
      std::this_thread::sleep_for(kNoDescriptorPause);
    }
  }
}

}  // namespace sidecert::web
