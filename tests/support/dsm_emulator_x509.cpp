#include "support/dsm_emulator_x509.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace sidecert::testing::emulator {
namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;

Bio reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string contents(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

template <class T>
T* must(T* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL made nothing");
  return made;
}

std::shared_ptr<X509> shared(X509* x) {
  return {must(x), X509_free};
}
std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) {
  return {must(key), EVP_PKEY_free};
}

// A leading blank line or text before BEGIN is what DSM stumbles over.
bool beginsAsPem(std::string_view text) {
  return text.starts_with("-----BEGIN ");
}

std::vector<std::shared_ptr<X509>> readCertificates(std::string_view text) {
  std::vector<std::shared_ptr<X509>> all;
  const Bio bio = reading(text);
  while (X509* x = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) all.push_back(shared(x));
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) all.clear();
  return all;
}

std::shared_ptr<EVP_PKEY> readKey(std::string_view text) {
  const Bio bio = reading(text);
  const auto no_password = [](char*, int, int, void*) { return -1; };
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr);
  ERR_clear_error();
  return key == nullptr ? nullptr : shared(key);
}

bool issued(X509* issuer, X509* subject) {
  const bool yes = X509_check_issued(issuer, subject) == X509_V_OK && X509_verify(subject, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return yes;
}

std::string pemOf(X509* x) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), x);
  return contents(bio);
}

std::string pemOf(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return contents(bio);
}

// One RSA key for everything made up in a process: making one takes longer than most tests.
std::shared_ptr<EVP_PKEY> theRsaKey() {
  static const std::shared_ptr<EVP_PKEY> key = shared(EVP_RSA_gen(2048));
  return key;
}

void name(X509_NAME* to, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(to, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                             static_cast<int>(value.size()), -1, 0);
}

void extend(X509* x, int nid, const std::string& value) {
  X509_EXTENSION* extension = must(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> blank(EVP_PKEY* key, std::chrono::sys_seconds from, std::chrono::sys_seconds till) {
  auto x = shared(X509_new());
  X509_set_version(x.get(), X509_VERSION_3);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(BN_new(), BN_free);
  BN_rand(serial.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x.get()));
  ASN1_TIME_set(X509_getm_notBefore(x.get()), from.time_since_epoch().count());
  ASN1_TIME_set(X509_getm_notAfter(x.get()), till.time_since_epoch().count());
  X509_set_pubkey(x.get(), key);
  return x;
}

PartyName readName(const X509_NAME* from) {
  const auto field = [&](int nid) -> std::string {
    const int at = X509_NAME_get_index_by_NID(from, nid, -1);
    if (at < 0) return {};
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(from, at)));
    if (size < 0) return {};
    std::string value(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return value;
  };
  return {.common_name = field(NID_commonName),
          .country = field(NID_countryName),
          .organization = field(NID_organizationName),
          .city = field(NID_localityName),
          .state = field(NID_stateOrProvinceName),
          .department = field(NID_organizationalUnitName),
          .email = field(NID_pkcs9_emailAddress)};
}

std::string timeText(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  return contents(bio);
}

std::string hexOf(const unsigned char* octets, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[octets[i] >> 4U];
    text += kDigits[octets[i] & 15U];
  }
  return text;
}

}  // namespace

std::expected<Material, int> judgeUpload(std::string_view key, std::string_view cert, const std::string* intermediates,
                                         bool ecc_accepted) {
  using namespace refusal;
  if (!isUtf8(key) || !isUtf8(cert) || (intermediates != nullptr && !isUtf8(*intermediates))) {
    return std::unexpected(kNotUtf8);
  }
  Material material{.key_pem = std::string(key), .leaf_pem = std::string(cert)};
  if (beginsAsPem(key)) material.key = readKey(key);
  if (!material.key) return std::unexpected(kIllegalKey);
  auto leaf = beginsAsPem(cert) ? readCertificates(cert) : std::vector<std::shared_ptr<X509>>();
  if (leaf.empty()) return std::unexpected(kIllegalCertificate);
  material.leaf = leaf.front();
  const int type = EVP_PKEY_get_base_id(material.key.get());
  if (type == EVP_PKEY_DSA) return std::unexpected(kDsaUnsupported);
  if (type == EVP_PKEY_EC && !ecc_accepted) return std::unexpected(kEccOnDsm6);
  if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(material.key.get()) <= 1024) return std::unexpected(kKeyTooShort);
  if (X509_check_private_key(material.leaf.get(), material.key.get()) != 1) {
    ERR_clear_error();
    return std::unexpected(kKeyDoesNotMatch);
  }
  if (intermediates == nullptr) {
    material.chain.assign(leaf.begin() + 1, leaf.end());  // the web server hands out cert.pem whole
    return material;
  }

  material.chain_pem = *intermediates;
  if (beginsAsPem(*intermediates)) material.chain = readCertificates(*intermediates);
  if (material.chain.empty()) return std::unexpected(kIllegalIntermediate);
  X509* below = material.leaf.get();
  for (const auto& above : material.chain) {
    if (X509_cmp(above.get(), material.leaf.get()) == 0) return std::unexpected(kIllegalIntermediate);
  }
  for (const auto& above : material.chain) {
    if (!issued(above.get(), below)) return std::unexpected(kDoesNotVerify);
    below = above.get();
  }
  return material;
}

Material makeUp(const MadeUp& wanted) {
  const bool built_in = wanted.issuer == "Synology Inc. CA";
  auto ca_key = theRsaKey();
  auto ca = blank(ca_key.get(), wanted.from - std::chrono::days(365), wanted.till + std::chrono::days(365));
  X509_NAME* ca_name = X509_get_subject_name(ca.get());
  name(ca_name, "C", built_in ? "TW" : "US");
  name(ca_name, "O", built_in ? "Synology Inc." : wanted.issuer.starts_with("R1") ? "Let's Encrypt" : "Example");
  name(ca_name, "CN", wanted.issuer);
  X509_set_issuer_name(ca.get(), ca_name);
  extend(ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca.get(), ca_key.get(), EVP_sha256());

  Material made{.key = wanted.ecc ? shared(EVP_EC_gen("P-256")) : ca_key};
  made.leaf = blank(made.key.get(), wanted.from, wanted.till);
  X509_NAME* subject = X509_get_subject_name(made.leaf.get());
  if (built_in) {
    name(subject, "C", "TW");
    name(subject, "O", "Synology Inc.");
  }
  if (!wanted.names.empty()) name(subject, "CN", wanted.names.front());
  X509_set_issuer_name(made.leaf.get(), ca_name);
  if (wanted.with_alt_names && !wanted.names.empty()) {
    std::string all;
    for (const auto& each : wanted.names) all += (all.empty() ? "DNS:" : ",DNS:") + each;
    extend(made.leaf.get(), NID_subject_alt_name, all);
  }
  X509_sign(made.leaf.get(), ca_key.get(), EVP_sha256());
  made.key_pem = pemOf(made.key.get());
  made.leaf_pem = pemOf(made.leaf.get());
  made.chain_pem = pemOf(ca.get());
  made.chain.push_back(std::move(ca));
  return made;
}

PartyName subjectOf(const X509* x) {
  return readName(X509_get_subject_name(x));
}
PartyName issuerOf(const X509* x) {
  return readName(X509_get_issuer_name(x));
}

std::vector<std::string> altNamesOf(const X509* x) {
  std::vector<std::string> all;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(names, i);
    if (one->type == GEN_DNS) {
      all.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
    } else if (one->type == GEN_IPADD) {
      char* text = nullptr;
      const Bio bio(BIO_new(BIO_s_mem()));
      GENERAL_NAME_print(bio.get(), const_cast<GENERAL_NAME*>(one));
      text = nullptr;
      const long size = BIO_get_mem_data(bio.get(), &text);
      const std::string printed(text, static_cast<std::size_t>(size));  // "IP Address:192.0.2.1"
      all.push_back(printed.substr(printed.find(':') + 1));
    }
  }
  GENERAL_NAMES_free(names);
  return all;
}

std::string validFrom(const X509* x) {
  return timeText(X509_get0_notBefore(x));
}
std::string validTill(const X509* x) {
  return timeText(X509_get0_notAfter(x));
}
std::string signatureAlgorithm(const X509* x) {
  return OBJ_nid2ln(X509_get_signature_nid(x));
}
bool isSelfSigned(const X509* x) {
  return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
}
bool isExpired(const X509* x, std::chrono::sys_seconds now) {
  std::time_t moment = now.time_since_epoch().count();
  return X509_cmp_time(X509_get0_notAfter(x), &moment) < 0;
}
bool isEcc(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
}

std::string sha256Of(const X509* x) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(x, EVP_sha256(), digest.data(), &size);
  return hexOf(digest.data(), size);
}

bool isUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    unsigned long value = 0;
    const int used =
        UTF8_getc(reinterpret_cast<const unsigned char*>(text.data() + i), static_cast<int>(text.size() - i), &value);
    if (used <= 0) return false;
    i += static_cast<std::size_t>(used);
  }
  return true;
}

std::string timeCode(std::string_view secret, long long step) {
  std::string key;
  unsigned bits = 0;
  unsigned pending = 0;
  for (const char c : secret) {
    const auto value = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
                           .find(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    if (value == std::string_view::npos) continue;
    pending = (pending << 5U) | static_cast<unsigned>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      key += static_cast<char>(pending >> bits & 0xffU);
    }
  }
  std::array<unsigned char, 8> counter{};
  for (int i = 7; i >= 0; --i, step >>= 8) counter[static_cast<std::size_t>(i)] = static_cast<unsigned char>(step & 0xff);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), mac.data(), &size);
  const std::size_t at = mac[19] & 15U;
  const unsigned number =
      ((mac[at] & 0x7fU) << 24U) | (unsigned{mac[at + 1]} << 16U) | (unsigned{mac[at + 2]} << 8U) | unsigned{mac[at + 3]};
  std::string digits = std::to_string(number % 1'000'000U);
  return std::string(6 - digits.size(), '0') + digits;
}

std::string randomHex(std::size_t octets) {
  std::vector<unsigned char> raw(octets);
  RAND_bytes(raw.data(), static_cast<int>(octets));
  return hexOf(raw.data(), octets);
}

TlsServer::TlsServer(IdentityChooser chooser)
    : chooser_(std::move(chooser)),
      context_(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, "", "", "", Poco::Net::Context::VERIFY_NONE)) {
  SSL_CTX* context = context_->sslContext();
  SSL_CTX_set_cert_cb(context, &TlsServer::choose, this);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

int TlsServer::choose(SSL* ssl, void* self) {
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const Material shown = static_cast<TlsServer*>(self)->chooser_(asked == nullptr ? "" : asked);
  if (SSL_use_certificate(ssl, shown.leaf.get()) != 1 || SSL_use_PrivateKey(ssl, shown.key.get()) != 1) return 0;
  SSL_clear_chain_certs(ssl);
  for (const auto& above : shown.chain) {
    if (SSL_add1_chain_cert(ssl, above.get()) != 1) return 0;
  }
  return 1;
}

}  // namespace sidecert::testing::emulator
