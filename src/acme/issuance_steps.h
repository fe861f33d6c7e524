// One call of `obtain`: what it was asked for, the world it works in, and the order it is working on.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "acme/client.h"
#include "acme/issuance.h"
#include "acme/resources.h"
#include "crypto/key.h"

namespace sidecert::acme {

struct Issuance {
  CertificateRequest request;  // names as they go into the order
  Client& client;
  AccountStore& accounts;
  OrderStore& orders;
  ChallengePublisher& publisher;
  const Ports& ports;
  bool took_up = false;  // the order on disk, which an earlier run had begun
};

struct PlacedOrder {
  std::string url;
  Order order;
  crypto::PrivateKey key;  // of the certificate
  bool resumed = false;
  StoredOrder stored;  // as on disk
};

/// Notes on disk what is about to be asked for. An order never goes back to an earlier stage.
[[nodiscard]] AcmeResult<> noteStage(Issuance&, PlacedOrder&, OrderStage);

/// What the CA calls itself in CAA records; may be empty.
[[nodiscard]] std::vector<std::string> caaNamesOf(const Issuance&);

[[nodiscard]] AcmeResult<Order> readOrder(Client&, const std::string& url);

/// Looks at the order until it leaves these states. One answer that makes no sense is passed over.
/// @param asked  Retry-After of the answer before
/// @returns BadAnswer when it is still in them after `limit`.
[[nodiscard]] AcmeResult<Order> awaitOrder(Client&, const std::string& url, std::initializer_list<Status> while_in,
                                           std::optional<std::chrono::seconds> asked, std::chrono::seconds limit);

/// Pauses between two looks at what a CA is busy with: a round trip at first (20 ms to 0.3 s), growing by half up to 5 s, or
/// longer where Retry-After says so, but never more than a minute: a CA that asks for a day is often done in seconds.
class Looks {
 public:
  Looks(Client& client, std::chrono::seconds limit);
  /// Waits until it is time for the next look. @returns BadAnswer when `limit` is over.
  [[nodiscard]] AcmeResult<> next(std::optional<std::chrono::seconds> asked);

 private:
  static constexpr Duration kEarliestLook{20};
  static constexpr Duration kLatestFirstLook{300};
  static constexpr Duration kEarliestAsked{300};  // where the CA says when; it may say 0
  static constexpr Duration kLongestPause = std::chrono::minutes(1);
  Client& client_;
  std::chrono::seconds limit_;
  Duration begin_;
  Duration pause_;
  bool long_wait_said_ = false;
};

/// The order of a run that was cut, or a new one. Its URL and the certificate key are saved when this returns.
[[nodiscard]] AcmeResult<PlacedOrder> placeOrder(Issuance&);

/// Brings an order from pending to ready: publishes what is missing, answers the challenges, waits.
/// Whatever was published is withdrawn when this returns.
[[nodiscard]] AcmeResult<> authorizeOrder(Issuance&, PlacedOrder&);

/// Brings an order from ready to valid.
[[nodiscard]] AcmeResult<> finalizeOrder(Issuance&, PlacedOrder&);

/// The certificate of a valid order, checked.
[[nodiscard]] AcmeResult<IssuedCertificate> downloadCertificate(Issuance&, const PlacedOrder&);

}  // namespace sidecert::acme
