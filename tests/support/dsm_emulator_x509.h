// Certificates as the DSM emulator needs them: making up entries, judging an upload by DSM's error codes, describing a
// certificate in the words of the certificate list, and showing one in a TLS handshake.
#pragma once

#include <Poco/Net/Context.h>
#include <openssl/ssl.h>

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sidecert::testing::emulator {

/// A key with its leaf and intermediates, parsed and as text.
struct Material {
  std::string key_pem, leaf_pem, chain_pem;
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> leaf;
  std::vector<std::shared_ptr<X509>> chain;
};

/// The codes of DSM for a refused upload. Source: DSM's own texts for 5510 to 5534.
namespace refusal {
inline constexpr int kIllegalCertificate = 5510;
inline constexpr int kIllegalKey = 5511;
inline constexpr int kIllegalIntermediate = 5512;
inline constexpr int kKeyDoesNotMatch = 5514;
inline constexpr int kNotUtf8 = 5516;
inline constexpr int kDoesNotVerify = 5517;
inline constexpr int kDsaUnsupported = 5518;
inline constexpr int kEccOnDsm6 = 5529;
inline constexpr int kKeyTooShort = 5534;
}  // namespace refusal

/// @returns the material, or DSM's code for what is wrong with it.
[[nodiscard]] std::expected<Material, int> judgeUpload(std::string_view key, std::string_view cert,
                                                       const std::string* intermediates, bool ecc_accepted);

struct MadeUp {
  std::vector<std::string> names;  // the first is the common name
  std::string issuer;              // common name; "Synology Inc. CA" makes DSM's built-in kind
  std::chrono::sys_seconds from, till;
  bool ecc = false;
  bool with_alt_names = true;
};
[[nodiscard]] Material makeUp(const MadeUp&);

struct PartyName {
  std::string common_name, country, organization, city, state, department, email;
};
[[nodiscard]] PartyName subjectOf(const X509*);
[[nodiscard]] PartyName issuerOf(const X509*);
[[nodiscard]] std::vector<std::string> altNamesOf(const X509*);  // DNS names and IP addresses, bare
[[nodiscard]] std::string validFrom(const X509*);                // "May  6 00:00:00 2024 GMT"
[[nodiscard]] std::string validTill(const X509*);
[[nodiscard]] std::string signatureAlgorithm(const X509*);  // "sha256WithRSAEncryption"
[[nodiscard]] bool isSelfSigned(const X509*);
[[nodiscard]] bool isExpired(const X509*, std::chrono::sys_seconds now);
[[nodiscard]] bool isEcc(const EVP_PKEY*);
[[nodiscard]] std::string sha256Of(const X509*);  // lower-case hex

/// RFC 6238, computed apart from the program's own, so that the two check each other. @param secret  base32
[[nodiscard]] std::string timeCode(std::string_view secret, long long step);
[[nodiscard]] bool isUtf8(std::string_view);
[[nodiscard]] std::string randomHex(std::size_t octets);

/// Says what to show for a server name (empty: none was asked for).
using IdentityChooser = std::function<Material(const std::string& server_name)>;

/// A TLS context that asks anew at every handshake what to show; no session is resumed.
class TlsServer {
 public:
  explicit TlsServer(IdentityChooser);
  [[nodiscard]] Poco::Net::Context::Ptr context() const { return context_; }

 private:
  static int choose(SSL*, void* self);
  IdentityChooser chooser_;
  Poco::Net::Context::Ptr context_;
};

}  // namespace sidecert::testing::emulator
