// From names to a checked certificate: the whole of RFC 8555 sections 7.3 to 7.5 as one call that survives a kill.
// Knows no DNS provider and no DSM: records are published through ChallengePublisher, what must survive a kill is kept
// through AccountStore and OrderStore.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acme/jws.h"
#include "acme/order_stage.h"
#include "base/ports.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"
#include "crypto/x509.h"

namespace sidecert::acme {

struct ChallengeRecord {
  std::string identifier;  // "home.example", also for the wildcard
  std::string name;        // "_acme-challenge.home.example" (RFC 8555 section 8.4)
  std::string value;
  auto operator<=>(const ChallengeRecord&) const = default;
};

/// An order about to be placed.
struct OrderIntent {
  std::string directory;
  std::vector<std::string> names;           // as they go into the order
  std::vector<std::string> caa_identities;  // what the CA calls itself in CAA records; may be empty
  std::string challenge;                    // "dns-01"
  std::string account;                      // account URL
};

/// Brings challenge records into DNS and takes them away.
class ChallengePublisher {
 public:
  ChallengePublisher() = default;
  ChallengePublisher(const ChallengePublisher&) = delete;
  ChallengePublisher& operator=(const ChallengePublisher&) = delete;
  virtual ~ChallengePublisher() = default;

  /// Called before newOrder, not for an order that is resumed: the place to look for what would make the CA refuse.
  /// A failure means that no order is placed. The default sees nothing in the way.
  [[nodiscard]] virtual Result<> beforeOrder(const OrderIntent&);
  /// Returns once the records are visible at every authoritative server.
  /// @returns those: all of them, unless a provider keeps only so many values at a time. The others are for another
  ///          publish, after a withdraw.
  [[nodiscard]] virtual Result<std::vector<ChallengeRecord>> publish(std::span<const ChallengeRecord>) = 0;
  /// Called once after publish whatever came of it; failures are the publisher's to report and to retry.
  virtual void withdraw() = 0;
  /// For dns-persist-01: the TXT values that stand at this name, one list per authoritative server asked. Read only.
  /// The default says that this publisher cannot look.
  [[nodiscard]] virtual Result<std::vector<std::vector<std::string>>> standing(const std::string& name);
};

struct StoredAccount {
  std::string directory;  // URL
  std::string url;        // the account URL, the JWS kid; empty until the CA has answered
  Secret key_pem;
  std::optional<Secret> pending_key_pem;  // a rollover that was begun (section 7.3.5)
  std::vector<std::string> contacts;
};

class AccountStore {
 public:
  AccountStore() = default;
  AccountStore(const AccountStore&) = delete;
  AccountStore& operator=(const AccountStore&) = delete;
  virtual ~AccountStore() = default;
  [[nodiscard]] virtual Result<std::optional<StoredAccount>> load(const std::string& directory) = 0;
  [[nodiscard]] virtual Result<> save(const StoredAccount&) = 0;
};

/// An order under way. Saved with the certificate key before newOrder, with its URL before anything else is asked.
struct StoredOrder {
  std::string directory;
  std::string account;  // account URL
  std::string url;      // empty: newOrder was about to be sent, or its answer was lost
  std::vector<std::string> names;
  std::string profile;
  Secret key_pem;  // of the certificate
  TimePoint created;
  OrderStage stage = OrderStage::Placing;
  int failed_resumptions = 0;  // how often it was taken up again in vain
};

class OrderStore {
 public:
  OrderStore() = default;
  OrderStore(const OrderStore&) = delete;
  OrderStore& operator=(const OrderStore&) = delete;
  virtual ~OrderStore() = default;
  [[nodiscard]] virtual Result<std::optional<StoredOrder>> load() = 0;
  /// Called before a request that takes the order further, and when one that was taken up again failed.
  [[nodiscard]] virtual Result<> save(const StoredOrder&) = 0;
  [[nodiscard]] virtual Result<> clear() = 0;
};

struct ExternalAccount {
  std::string kid;
  Secret hmac_key;                               // as pasted; normalised here
  MacAlgorithm algorithm = MacAlgorithm::Hs256;  // what CAs expect unless they say otherwise
};

enum class ChallengeKind { Dns01, DnsAccount01, DnsPersist01 };

struct CertificateRequest {
  std::string directory;           // URL
  std::vector<std::string> names;  // A-labels
  crypto::KeyType key_type = crypto::KeyType::EcP256;
  std::optional<Secret> reuse_key_pem;
  std::vector<std::string> contacts;  // "mailto:…"
  std::optional<ExternalAccount> external_account;
  std::vector<std::string> profiles;  // in order of preference; "!name" is required
  std::string preferred_chain;
  std::optional<TimePoint> needed_by;           // when the certificate in use expires; nothing: there is none
  std::optional<crypto::Certificate> replaces;  // the predecessor, for ARI's exemption (RFC 9773 section 5)
  ChallengeKind challenge = ChallengeKind::Dns01;
  bool dns01_possible = true;  // fall back to dns-01 where the CA does not offer `challenge` or its record is not there
  std::optional<TimePoint> not_before;  // sent only when set: Let's Encrypt refuses an order that has either
  std::optional<TimePoint> not_after;
};

struct IssuedCertificate {
  std::vector<crypto::Certificate> chain;  // leaf first, checked
  Secret key_pem;
  std::string account;  // account URL
  std::string profile;  // as the order echoed it; may be empty
  std::string order;    // order URL
  bool resumed = false;
};

/// Runs or resumes the order. The caller stores the certificate and then clears the OrderStore.
/// On a failure that ends the order the OrderStore is cleared here; on one that may pass it stays for the next run, until it
/// is found to be stuck (acme/resumption.h).
[[nodiscard]] Result<IssuedCertificate> obtain(const CertificateRequest&, AccountStore&, OrderStore&, ChallengePublisher&,
                                               const Ports&);

}  // namespace sidecert::acme
