#include "hostile_server.h"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <stdexcept>
#include <tuple>

namespace sidecert::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenDrips{500};
constexpr std::size_t kPiece = 64U << 10U;

bool isReadable(int socket, milliseconds limit) {
  pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(limit.count())) > 0;
}

class PlainPeer final : public Peer {
 public:
  explicit PlainPeer(int socket) : socket_(socket) {}

  bool send(std::string_view text) override {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  std::string read() override {
    std::array<char, kPiece> buffer{};
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  bool staysFor(milliseconds time) override { return !isReadable(socket_, time) || !receive().empty(); }

 private:
  int socket_;
};

class TlsPeer final : public Peer {
 public:
  TlsPeer(int socket, SSL_CTX* context) : socket_(socket), ssl_(SSL_new(context), SSL_free) {
    SSL_set_fd(ssl_.get(), socket);
  }
  ~TlsPeer() override { SSL_shutdown(ssl_.get()); }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  [[nodiscard]] bool shakeHands() { return SSL_accept(ssl_.get()) == 1; }
  bool send(std::string_view text) override {
    while (!text.empty()) {
      const int count = SSL_write(ssl_.get(), text.data(), static_cast<int>(std::min(text.size(), kPiece)));
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  std::string read() override {
    std::array<char, kPiece> buffer{};
    const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    return {buffer.data(), static_cast<std::size_t>(std::max(count, 0))};
  }
  bool staysFor(milliseconds time) override { return !isReadable(socket_, time) || !receive().empty(); }

 private:
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

template <class T, class Free>
std::unique_ptr<T, Free> fromPem(const std::string& pem, T* (*read)(BIO*, T**, pem_password_cb*, void*), Free free) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {read(bio.get(), nullptr, nullptr, nullptr), free};
}

std::shared_ptr<SSL_CTX> contextFor(const TestCertificate& shown) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const auto key = fromPem(shown.key_pem, PEM_read_bio_PrivateKey, EVP_PKEY_free);
  const auto leaf = fromPem(shown.pem, PEM_read_bio_X509, X509_free);
  bool good =
      SSL_CTX_use_certificate(context.get(), leaf.get()) == 1 && SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
  if (!shown.chain.empty()) {
    const auto issuer = fromPem(shown.chain, PEM_read_bio_X509, X509_free);
    good = good && SSL_CTX_add1_chain_cert(context.get(), issuer.get()) == 1;
  }
  if (!good) throw std::runtime_error("the hostile server cannot use its certificate");
  return context;
}

/// Octets of the body as Content-Length says; our own client writes that field in one way only.
std::size_t lengthIn(std::string_view head) {
  constexpr std::string_view kField = "\r\nContent-Length: ";
  const auto at = head.find(kField);
  std::size_t length = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + kField.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

void Peer::sendWithoutEnd(std::string_view text) {
  std::string much;
  while (much.size() < kPiece) much += text;
  while (send(much)) {
  }
}

void Peer::drip(std::string_view text) {
  while (staysFor(kBetweenDrips) && send(text)) {
  }
}

std::string Peer::receive() {
  std::string text = read();
  heard_ += text;
  return text;
}

std::string Peer::receiveRequest() {
  constexpr std::string_view kEndOfHead = "\r\n\r\n";
  while (true) {
    if (const auto end = unread_.find(kEndOfHead); end != std::string::npos) {
      const std::size_t whole = end + kEndOfHead.size() + lengthIn(std::string_view(unread_).substr(0, end));
      if (unread_.size() >= whole) {
        std::string request = unread_.substr(0, whole);
        unread_.erase(0, whole);
        return request;
      }
    }
    const std::string more = receive();
    if (more.empty()) return {};
    unread_ += more;
  }
}

HostileServer::HostileServer(Script script, const std::optional<TestCertificate>& tls, Speaks speaks)
    : script_(std::move(script)), speaks_(speaks) {
  std::ignore = std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a socket whose peer is gone
  if (tls) tls_ = contextFor(*tls);
  server_ = std::make_unique<RawServer>([this](int socket, int) { serve(socket); });
}

HostileServer::~HostileServer() = default;

std::vector<std::string> HostileServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void HostileServer::serve(int socket) {
  std::unique_ptr<Peer> peer = std::make_unique<PlainPeer>(socket);
  if (tls_) {
    auto encrypted = std::make_unique<TlsPeer>(socket, tls_.get());
    if (!encrypted->shakeHands()) return;
    peer = std::move(encrypted);
  }
  const auto keep = [this](const std::string& said) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(said);
  };
  if (speaks_ == Speaks::First) {
    script_(*peer, {});
    return keep(peer->heard());
  }
  const std::string request = peer->receiveRequest();
  if (request.empty()) return;
  keep(request);
  script_(*peer, request);
}

std::string exchangeWith(std::uint16_t port, std::string_view text) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  PlainPeer peer(socket.get());
  peer.send(text);
  while (!peer.receive().empty()) {
  }
  return peer.heard();
}

}  // namespace sidecert::testing
