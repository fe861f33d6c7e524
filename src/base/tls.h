// TLS for the HTTP transport: what is trusted, and a byte stream over a connected socket, in the clear or encrypted.
// Poco's and thereby OpenSSL's types stay in tls.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "base/tcp.h"

namespace sidecert {

/// What reading or writing came to when it did not work.
enum class StreamEnd { Closed, Broken, TimedOut, Stopped };

/// A connected socket. One thread at a time.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// At least one octet. Closed: the peer ended the stream properly; Broken: it was cut.
  [[nodiscard]] virtual std::expected<std::size_t, StreamEnd> read(std::span<char> buffer, const Patience&) = 0;
  /// At least one octet.
  [[nodiscard]] virtual std::expected<std::size_t, StreamEnd> write(std::string_view octets, const Patience&) = 0;
  /// Nothing has arrived and nobody has hung up since the last answer.
  [[nodiscard]] virtual bool isQuiet() = 0;
  /// DER of the peer's leaf certificate; empty without TLS.
  [[nodiscard]] virtual const std::string& peerDer() const = 0;
};

[[nodiscard]] std::unique_ptr<ByteStream> plainStream(Descriptor);

class TlsClient {
 public:
  TlsClient();
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Trusts every certificate of a PEM file. @returns Settings naming a file that is missing or holds none.
  [[nodiscard]] Result<> addTrustFile(const std::string& file);

  /// Handshake (TLS 1.2 with ECDHE and AEAD, or 1.3) over a connected socket, and every check `trust` asks for, before
  /// anything is sent.
  /// @param host  name or address literal the certificate must be for  @param sni  empty: none
  /// @returns Untrusted when the certificate is not accepted, Stopped, else Unreachable.
  [[nodiscard]] Result<std::unique_ptr<ByteStream>> handshake(Descriptor, const std::string& host, const std::string& sni,
                                                              const TlsTrust& trust, const Patience&) const;

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

/// Lower-case hex SHA-256.
[[nodiscard]] std::string fingerprintOf(const std::string& der);

}  // namespace sidecert
