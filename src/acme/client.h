// Signed requests to one CA: nonces, repeats, and what failures mean. Knows no order and no account beyond its key and URL.
// Source: RFC 8555 section 6.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "acme/directory.h"
#include "acme/nonce_pool.h"
#include "acme/problem.h"
#include "base/ports.h"
#include "crypto/key.h"

namespace sidecert::acme {

struct AcmeResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
};

/// May the same request be sent again when nobody knows whether it took effect?
enum class Repeat { Harmless, Never };

/// Safe to use from several threads once `use` was called. The ports must outlive it.
class Client {
 public:
  Client(Directory directory, const Ports& ports) : Client(std::move(directory), ports, ports.effort()) {}
  /// @param effort  for all requests and waits together
  Client(Directory directory, const Ports& ports, Effort effort)
      : directory_(std::move(directory)), ports_(ports), effort_(std::move(effort)) {}

  [[nodiscard]] const Directory& directory() const { return directory_; }
  [[nodiscard]] const Ports& ports() const { return ports_; }
  [[nodiscard]] const Effort& effort() const { return effort_; }

  /// From now on requests are signed with this key in the name of this account.
  void use(crypto::PrivateKey key, std::string account_url);
  [[nodiscard]] const crypto::PrivateKey& key() const { return *key_; }
  [[nodiscard]] const std::string& account() const { return account_; }

  /// A POST in the name of the account. A nonce that is refused is replaced and the same payload sent again; the bad news
  /// of a connection or of a 5xx is met with a few quick repeats where that is harmless. Redirects are not followed.
  [[nodiscard]] AcmeResult<AcmeResponse> post(const std::string& url, const std::string& payload, Repeat = Repeat::Harmless);

  /// POST-as-GET. @param accept  the media type wanted; empty: whatever comes
  [[nodiscard]] AcmeResult<AcmeResponse> read(const std::string& url, const std::string& accept = {});

  /// A POST signed by this key, which is sent along: newAccount, and revokeCert by the certificate's own key.
  [[nodiscard]] AcmeResult<AcmeResponse> postWithKey(const std::string& url, const std::string& payload,
                                                     const crypto::PrivateKey&);

  /// How many calls to make side by side for `count` independent ones. One POST takes one nonce and gives one back, so
  /// width costs a request per lane: it is bought only where the exchanges so far show that a row of calls would take
  /// longer than a person notices.
  [[nodiscard]] std::size_t widthFor(std::size_t count);

  /// Of the quickest exchange so far, the CA's own work included; Duration::max() before the first.
  [[nodiscard]] Duration roundTrip() const { return Duration(quickest_.load()); }

  /// The CA's clock as its Date fields show it: ours when they agree to five minutes.
  [[nodiscard]] TimePoint caTime() const;

  /// Waits; @returns Stopped when asked to stop.
  [[nodiscard]] AcmeResult<> wait(Duration) const;

 private:
  struct Signer {
    const crypto::PrivateKey& key;
    std::string account;  // empty: send the key
  };
  AcmeResult<AcmeResponse> send(const std::string& url, const std::string& payload, const Signer&, Repeat,
                                const std::string& accept);
  AcmeResult<> fetchNonce(const Effort&);
  AcmeResult<std::string> nonce(const Effort&);
  Result<HttpResponse> exchange(const HttpRequest&);

  Directory directory_;
  const Ports& ports_;
  Effort effort_;
  std::optional<crypto::PrivateKey> key_;
  std::string account_;
  NoncePool nonces_;
  std::atomic<Duration::rep> quickest_{Duration::max().count()};
  std::atomic<Duration::rep> skew_{0};
  std::atomic<bool> skew_told_{false};
};

/// Calls `work(0) … work(count - 1)`, up to `width` at a time. @returns the first failure by index; the rest is still run
/// unless the failure came before it began.
[[nodiscard]] AcmeResult<> forEachParallel(std::size_t count, std::size_t width,
                                           const std::function<AcmeResult<>(std::size_t)>& work);

}  // namespace sidecert::acme
