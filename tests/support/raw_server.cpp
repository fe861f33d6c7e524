#include "support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace sidecert::testing {
namespace {

constexpr int kStopMilliseconds = 20;

}  // namespace

RawServer::RawServer(std::function<void(int, int)> script, const std::string& address)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  socklen_t length = sizeof name;
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (::bind(listener_.get(), generic, length) != 0 || ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), generic, &length) != 0) {
    throw std::runtime_error("cannot listen on " + address);
  }
  port_ = ntohs(name.sin_port);
  thread_ = std::thread(&RawServer::serve, this);
}

RawServer::~RawServer() {
  stopping_ = true;
  thread_.join();
}

std::string RawServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void RawServer::serve() {
  struct Open {
    std::mutex mutex;
    int socket;  // -1 once closed
  };
  std::vector<std::pair<std::shared_ptr<Open>, std::thread>> all;
  while (!stopping_) {
    pollfd waiting{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kStopMilliseconds) <= 0) continue;
    const int socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int number = connections_++;
    auto open = std::make_shared<Open>();
    open->socket = socket;
    all.emplace_back(open, [this, open, socket, number] {
      script_(socket, number);
      const std::scoped_lock lock(open->mutex);
      ::close(std::exchange(open->socket, -1));
    });
  }
  for (auto& [open, script] : all) {
    {
      const std::scoped_lock lock(open->mutex);
      if (open->socket >= 0) ::shutdown(open->socket, SHUT_RDWR);
    }
    script.join();
  }
}

std::string readHead(int socket) {
  std::string text;
  while (!text.contains("\r\n\r\n")) {
    char octet = 0;
    const ssize_t count = ::recv(socket, &octet, 1, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text += octet;
  }
  return text;
}

void sendText(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void resetOnClose(int socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace sidecert::testing
