#include "support/free_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace sidecert::testing {
namespace {

constexpr int kAttempts = 200;

// The port bound, or 0 when that address and port are taken. Port 0 asks the kernel to choose.
std::uint16_t bindOnce(const std::string& address, std::uint16_t port, int type) {
  const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return 0;
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  // As servers do: connections of an earlier test that linger in TIME_WAIT are no obstacle.
  const int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t length = sizeof name;
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  const bool bound = ::bind(descriptor, generic, length) == 0 && ::getsockname(descriptor, generic, &length) == 0;
  ::close(descriptor);
  return bound ? ntohs(name.sin_port) : std::uint16_t{0};
}

bool isFree(const std::string& address, std::uint16_t port) {
  return bindOnce(address, port, SOCK_DGRAM) != 0 && bindOnce(address, port, SOCK_STREAM) != 0;
}

}  // namespace

std::string freeLoopbackAddress(const std::vector<std::uint16_t>& ports) {
  std::random_device random;
  std::uniform_int_distribution<int> octet(1, 254);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string address =
        "127." + std::to_string(octet(random)) + "." + std::to_string(octet(random)) + "." + std::to_string(octet(random));
    if (std::ranges::all_of(ports, [&](std::uint16_t port) { return isFree(address, port); })) return address;
  }
  throw std::runtime_error("no loopback address has these ports free; binding below 1024 needs root");
}

std::uint16_t freePort(const std::string& address) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto port = bindOnce(address, 0, SOCK_STREAM);
    if (port != 0 && isFree(address, port)) return port;
  }
  throw std::runtime_error("no free port on " + address);
}

}  // namespace sidecert::testing
