#include "support/test_ca.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace sidecert::testing {
namespace {

using std::chrono::hours;

template <auto FreeFn>
struct Freer {
  template <class T>
  void operator()(T* p) const {
    FreeFn(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freer<X509_free>>;
using MemoryBio = std::unique_ptr<BIO, Freer<BIO_free>>;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("test CA: ") + what);
}

Key readKey(const std::string& pem) {
  const MemoryBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  require(key != nullptr, "reading a key");
  return key;
}

std::string asPem(X509* certificate) {
  const MemoryBio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing PEM");
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

crypto::Certificate parsed(const std::string& pem) {
  return crypto::parseChain(pem).value().front();
}

void setTime(ASN1_TIME* field, TimePoint when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
  require(ASN1_TIME_set(field, static_cast<time_t>(seconds)) != nullptr, "setting a date");
}

void setSerial(X509* certificate, std::string octets) {
  if (octets.empty()) {
    octets.resize(16);
    RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(octets.size()));
  }
  BIGNUM* number =
      BN_bin2bn(reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
}

void setCommonName(X509* certificate, const std::string& name) {
  if (name.empty()) return;
  const auto* text = reinterpret_cast<const unsigned char*>(name.data());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, text, static_cast<int>(name.size()),
                             -1, 0);
}

void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string subjectAltName(const LeafOptions& options) {
  std::string text;
  for (const auto& name : options.names) text += (text.empty() ? "DNS:" : ",DNS:") + name;
  for (const auto& address : options.addresses) text += (text.empty() ? "IP:" : ",IP:") + address;
  return text;
}

TimePoint now() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Cert blank(EVP_PKEY* key, const LeafOptions& options) {
  Cert certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  setSerial(certificate.get(), options.serial);
  setTime(X509_getm_notBefore(certificate.get()), options.not_before.value_or(now() - hours{1}));
  setTime(X509_getm_notAfter(certificate.get()), options.not_after.value_or(now() + hours{24 * 90}));
  setCommonName(certificate.get(), options.common_name);
  require(X509_set_pubkey(certificate.get(), key) == 1, "setting a key");
  return certificate;
}

// `issuer` may be the certificate itself.
void finish(X509* certificate, X509* issuer, EVP_PKEY* signer, bool authority_key_id) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  addExtension(certificate, issuer, NID_subject_key_identifier, "hash");
  if (authority_key_id) addExtension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
  require(X509_sign(certificate, signer, EVP_sha256()) > 0, "signing");
}

std::string keyPemFor(const LeafOptions& options) {
  return options.key_pem ? *options.key_pem : crypto::PrivateKey::generate(options.key_type).toPem().reveal();
}

void addLeafExtensions(X509* certificate, X509* issuer, const LeafOptions& options) {
  const auto alt = subjectAltName(options);
  if (!alt.empty()) addExtension(certificate, issuer, NID_subject_alt_name, alt);
  addExtension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  if (!options.revocation_list.empty())
    addExtension(certificate, issuer, NID_crl_distribution_points, "URI:" + options.revocation_list);
}

}  // namespace

struct TestCa::Impl {
  Key key;
  Cert certificate;
  std::string chain;  // this one and those above it, without the root
};

TestCa::TestCa(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TestCa::~TestCa() = default;
TestCa::TestCa(TestCa&&) noexcept = default;
TestCa& TestCa::operator=(TestCa&&) noexcept = default;

TestCa::TestCa(const std::string& common_name) : impl_(std::make_unique<Impl>()) {
  LeafOptions options{.names = {}, .common_name = common_name};
  options.not_before = now() - hours{24 * 365 * 10};
  options.not_after = now() + hours{24 * 3650};
  impl_->key = readKey(keyPemFor(options));
  impl_->certificate = blank(impl_->key.get(), options);
  auto* own = impl_->certificate.get();
  addExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  addExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  finish(own, own, impl_->key.get(), false);
}

TestCa TestCa::intermediate(const std::string& common_name) const {
  LeafOptions options{.names = {}, .common_name = common_name};
  options.not_before = now() - hours{24 * 365 * 10};
  options.not_after = now() + hours{24 * 3650};
  auto below = std::make_unique<Impl>();
  below->key = readKey(keyPemFor(options));
  below->certificate = blank(below->key.get(), options);
  auto* own = below->certificate.get();
  addExtension(own, impl_->certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  addExtension(own, impl_->certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  finish(own, impl_->certificate.get(), impl_->key.get(), true);
  below->chain = asPem(own) + impl_->chain;
  return TestCa(std::move(below));
}

TestCertificate TestCa::issue(const LeafOptions& options) const {
  const auto key_pem = keyPemFor(options);
  const auto key = readKey(key_pem);
  const auto certificate = blank(key.get(), options);
  addLeafExtensions(certificate.get(), impl_->certificate.get(), options);
  finish(certificate.get(), impl_->certificate.get(), impl_->key.get(), options.authority_key_id);
  const auto pem = asPem(certificate.get());
  return {parsed(pem), pem, impl_->chain, key_pem};
}

std::string TestCa::revocationList(const std::vector<crypto::Certificate>& revoked, TimePoint when) const {
  const std::unique_ptr<X509_CRL, Freer<X509_CRL_free>> list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(impl_->certificate.get()));
  const std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>> time(ASN1_TIME_new());
  setTime(time.get(), when);
  X509_CRL_set1_lastUpdate(list.get(), time.get());
  X509_CRL_set1_nextUpdate(list.get(), time.get());
  for (const crypto::Certificate& certificate : revoked) {
    const std::string octets = certificate.serial();
    BIGNUM* number =
        BN_bin2bn(reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()), nullptr);
    const std::unique_ptr<ASN1_INTEGER, Freer<ASN1_INTEGER_free>> serial(BN_to_ASN1_INTEGER(number, nullptr));
    BN_free(number);
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, serial.get());
    X509_REVOKED_set_revocationDate(entry, time.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  require(X509_CRL_sign(list.get(), impl_->key.get(), EVP_sha256()) > 0, "signing a list");
  unsigned char* der = nullptr;
  const int length = i2d_X509_CRL(list.get(), &der);
  require(length > 0, "writing a list");
  std::string octets(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return octets;
}

std::string TestCa::pem() const {
  return asPem(impl_->certificate.get());
}
crypto::Certificate TestCa::certificate() const {
  return parsed(pem());
}

TestCertificate selfSigned(const LeafOptions& options) {
  const auto key_pem = keyPemFor(options);
  const auto key = readKey(key_pem);
  const auto certificate = blank(key.get(), options);
  addLeafExtensions(certificate.get(), certificate.get(), options);
  finish(certificate.get(), certificate.get(), key.get(), false);
  const auto pem = asPem(certificate.get());
  return {parsed(pem), pem, "", key_pem};
}

}  // namespace sidecert::testing
