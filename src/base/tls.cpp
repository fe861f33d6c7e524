#include "base/tls.h"

#include <Poco/Crypto/DigestEngine.h>
#include <Poco/Delegate.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Net/Utility.h>
#include <Poco/Net/VerificationErrorArgs.h>
#include <Poco/Net/X509Certificate.h>
#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sidecert {
namespace {

using Poco::Net::SecureStreamSocket;
using Poco::Net::StreamSocket;

struct Verdict {
  std::string reason;   // OpenSSL's words
  std::string subject;  // of the certificate it is about
};

// Poco reports why a chain is refused through one event for all connections; a handshake runs in its caller's thread.
thread_local std::optional<Verdict> first_refusal;
thread_local bool expiry_is_accepted = false;
// Of TLS 1.2 what has forward secrecy and authenticated encryption; TLS 1.3 has nothing else.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kHasExpired = 10;  // X509_V_ERR_CERT_HAS_EXPIRED, X509_STORE_CTX_get_error(3)

class RefusalListener {
 public:
  void onRefusal(const void*, Poco::Net::VerificationErrorArgs& refusal) {
    if (expiry_is_accepted && refusal.errorNumber() == kHasExpired) {
      refusal.setIgnoreError(true);
      return;
    }
    if (!first_refusal) first_refusal = Verdict{refusal.errorMessage(), refusal.certificate().commonName()};
  }
};

void listenForRefusals() {
  static RefusalListener listener;
  static std::once_flag once;
  std::call_once(once, [] {
    Poco::Net::SSLManager::instance().ClientVerificationError += Poco::delegate(&listener, &RefusalListener::onRefusal);
  });
}

Poco::Net::Context::Ptr makeContext(Poco::Net::Context::VerificationMode mode, const std::string& ciphers) {
  Poco::Net::Context::Params params;
  params.verificationMode = mode;
  params.loadDefaultCAs = false;
  params.cipherList = ciphers;
  // Poco's own list begins with a group few servers know, which costs a second round trip.
  params.ecdhCurve = "X25519:P-256:P-384:P-521";
  Poco::Net::Context::Ptr context = new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
  return context;
}

std::string derOf(const SecureStreamSocket& socket) {
  if (!socket.havePeerCertificate()) return {};
  std::ostringstream pem;
  socket.peerCertificate().save(pem);
  const std::string text = pem.str();
  const auto begin = text.find('\n');
  const auto end = text.rfind("-----END");
  if (begin == std::string::npos || end == std::string::npos) return {};
  return fromBase64(std::string_view(text).substr(begin, end - begin)).value_or("");
}

// OpenSSL and Poco judge by what an earlier call may have left behind.
void forgetEarlierErrors() {
  errno = 0;
  Poco::Net::Utility::clearErrorStack();
}

class PocoStream final : public ByteStream {
 public:
  PocoStream(const StreamSocket& socket, int descriptor, std::string der)
      : socket_(socket), descriptor_(descriptor), der_(std::move(der)) {}

  std::expected<std::size_t, StreamEnd> read(std::span<char> buffer, const Patience& patience) override {
    return transfer(patience, POLLIN, StreamEnd::Closed,
                    [&] { return socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size())); });
  }

  std::expected<std::size_t, StreamEnd> write(std::string_view octets, const Patience& patience) override {
    const auto length = static_cast<int>(std::min<std::size_t>(octets.size(), std::size_t{16} << 10U));
    return transfer(patience, POLLOUT, StreamEnd::Broken,
                    [&] { return socket_.sendBytes(octets.data(), length, MSG_NOSIGNAL); });
  }

  bool isQuiet() override {
    pollfd waiting{.fd = descriptor_, .events = POLLIN | POLLRDHUP, .revents = 0};
    return ::poll(&waiting, 1, 0) == 0;
  }

  const std::string& peerDer() const override { return der_; }

 private:
  // Always tries first and waits afterwards: decrypted octets may lie ready where poll sees nothing.
  template <class Call>
  std::expected<std::size_t, StreamEnd> transfer(const Patience& patience, short own_event, StreamEnd at_zero, Call call) {
    while (true) {
      if (const Wake now = patience.look(); now != Wake::Ready) return std::unexpected(endOf(now));
      int count = 0;
      try {
        forgetEarlierErrors();
        count = call();
      } catch (const Poco::Exception&) {
        return std::unexpected(StreamEnd::Broken);
      }
      if (count > 0) return static_cast<std::size_t>(count);
      if (count == 0) return std::unexpected(at_zero);
      short event = own_event;
      if (!der_.empty() && count == SecureStreamSocket::ERR_SSL_WANT_READ) event = POLLIN;
      if (!der_.empty() && count == SecureStreamSocket::ERR_SSL_WANT_WRITE) event = POLLOUT;
      if (const Wake woken = patience.await(descriptor_, event); woken != Wake::Ready) return std::unexpected(endOf(woken));
    }
  }

  static StreamEnd endOf(Wake wake) { return wake == Wake::Stopped ? StreamEnd::Stopped : StreamEnd::TimedOut; }

  StreamSocket socket_;
  int descriptor_;
  std::string der_;
};

StreamSocket wrap(Descriptor descriptor) {
  StreamSocket socket(new Poco::Net::StreamSocketImpl(descriptor.release()));
  socket.setBlocking(false);
  return socket;
}

constexpr std::string_view kPrivateCaHint =
    "if this server's certificate comes from a private CA, put the CA's certificate into a file and name it in "
    "SSL_CERT_FILE";

std::unexpected<Error> refused(const Verdict& verdict, const std::string& host) {
  const std::string subject = verdict.subject.empty() ? "" : fmt::format(" ({})", excerpt(verdict.subject, 80));
  if (verdict.reason.contains("expired")) {
    return fail(ErrorCode::Untrusted, fmt::format("the certificate of {}{} has expired", host, subject),
                "if it has not, correct this machine's clock");
  }
  if (verdict.reason.contains("not yet valid")) {
    return fail(ErrorCode::Untrusted, fmt::format("the certificate of {}{} is not valid yet", host, subject),
                "check this machine's clock");
  }
  return fail(ErrorCode::Untrusted,
              fmt::format("the issuer of the certificate of {}{} is not trusted: {}", host, subject, verdict.reason),
              std::string(kPrivateCaHint));
}

std::unexpected<Error> handshakeFailed(const std::string& host, const std::string& reason) {
  if (reason.contains("wrong version number") || reason.contains("http request") ||
      reason.contains("packet length too long")) {
    return fail(ErrorCode::Unreachable, fmt::format("{} does not speak TLS on this port", host),
                "the port may be one for plain http: check scheme and port");
  }
  return fail(ErrorCode::Unreachable, fmt::format("TLS with {} failed: {}", host, printable(reason)));
}

Result<> checkPins(const std::vector<std::string>& pins, const std::string& der, const std::string& host) {
  const auto shown = fingerprintOf(der);
  if (!der.empty() && std::ranges::any_of(pins, [&](const auto& pin) { return equalsIgnoringCase(pin, shown); })) return {};
  return fail(ErrorCode::Untrusted,
              fmt::format("{} shows a certificate with the SHA-256 fingerprint {}, expected was {}", host, shown,
                          join(pins, " or ")),
              "if the certificate was changed on purpose, set the new fingerprint; otherwise something stands in between");
}

// Nothing when done. @throws Poco::Exception
Result<> runHandshake(SecureStreamSocket& socket, int descriptor, const std::string& host, const Patience& patience) {
  while (true) {
    forgetEarlierErrors();
    const int state = socket.completeHandshake();
    if (state == 1) return {};
    if (state == 0) return handshakeFailed(host, "the server hung up");
    const short event = state == SecureStreamSocket::ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN;
    switch (patience.await(descriptor, event)) {
      case Wake::Ready: break;
      case Wake::Stopped: return fail(ErrorCode::Stopped, fmt::format("stopped during the TLS handshake with {}", host));
      case Wake::TimedOut:
        return fail(ErrorCode::Unreachable, fmt::format("{} did not finish the TLS handshake in time", host));
    }
  }
}

}  // namespace

std::string fingerprintOf(const std::string& der) {
  Poco::Crypto::DigestEngine engine("SHA256");
  engine.update(der.data(), der.size());
  const auto& octets = engine.digest();
  return hex({reinterpret_cast<const char*>(octets.data()), octets.size()});
}

std::unique_ptr<ByteStream> plainStream(Descriptor descriptor) {
  const int number = descriptor.get();
  return std::make_unique<PocoStream>(wrap(std::move(descriptor)), number, "");
}

struct TlsClient::Contexts {
  Poco::Net::Context::Ptr verifying = makeContext(Poco::Net::Context::VERIFY_STRICT, std::string(kCiphers) + ":@SECLEVEL=2");
  // The peer is known by its fingerprint or not at all; an old DSM may have nothing better than level 1.
  Poco::Net::Context::Ptr accepting = makeContext(Poco::Net::Context::VERIFY_NONE, std::string(kCiphers) + ":@SECLEVEL=1");
};

TlsClient::TlsClient() : contexts_(std::make_unique<Contexts>()) {
  listenForRefusals();
}
TlsClient::~TlsClient() = default;

Result<> TlsClient::addTrustFile(const std::string& file) {
  try {
    forgetEarlierErrors();
    for (const auto& certificate : Poco::Crypto::X509Certificate::readPEM(file)) {
      contexts_->verifying->addCertificateAuthority(certificate);
    }
    forgetEarlierErrors();
    return {};
  } catch (const Poco::OpenFileException&) {
    return fail(ErrorCode::Settings, fmt::format("the file of trusted certificates {} cannot be read", file),
                "check SSL_CERT_FILE or CA_BUNDLE, and that the file is mounted into the container");
  } catch (const Poco::Exception&) {
    return fail(ErrorCode::Settings, fmt::format("the file of trusted certificates {} holds no certificate in PEM", file),
                "check SSL_CERT_FILE or CA_BUNDLE");
  }
}

Result<std::unique_ptr<ByteStream>> TlsClient::handshake(Descriptor descriptor, const std::string& host,
                                                         const std::string& sni, const TlsTrust& trust,
                                                         const Patience& patience) const {
  expiry_is_accepted = trust.mode == TlsTrust::Mode::VerifyButExpiry;
  const bool verify = trust.mode == TlsTrust::Mode::Verify || expiry_is_accepted;
  const int number = descriptor.get();
  first_refusal.reset();
  try {
    auto socket =
        SecureStreamSocket::attach(wrap(std::move(descriptor)), sni, verify ? contexts_->verifying : contexts_->accepting);
    if (auto done = runHandshake(socket, number, host, patience); !done) {
      if (first_refusal) return refused(*first_refusal, host);
      return std::unexpected(done.error());
    }
    std::string der = derOf(socket);
    if (der.empty()) return handshakeFailed(host, "the server showed no certificate");
    if (verify && !socket.peerCertificate().verify(host)) {
      return fail(ErrorCode::Untrusted,
                  fmt::format("the certificate of {} ({}) is for another name", host,
                              excerpt(socket.peerCertificate().commonName(), 80)),
                  "use a host name the certificate is for");
    }
    if (trust.mode == TlsTrust::Mode::Pinned) {
      if (auto known = checkPins(trust.pins, der, host); !known) return std::unexpected(known.error());
    }
    return std::make_unique<PocoStream>(socket, number, std::move(der));
  } catch (const Poco::Exception& failure) {
    if (first_refusal) return refused(*first_refusal, host);
    return handshakeFailed(host, failure.message().empty() ? failure.name() : failure.message());
  }
}

}  // namespace sidecert
