#include "crypto/x509.h"

#include <fmt/core.h>
#include <openssl/pem.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/asn1_text.h"
#include "crypto/digest.h"
#include "crypto/key_impl.h"

namespace sidecert::crypto {

struct Certificate::Impl {
  X509Handle certificate;
  std::string der;
  TimePoint not_before;
  TimePoint not_after;
};

namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// The first attribute of that kind, as UTF-8.
std::string attribute(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0) return {};
  unsigned char* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (length < 0) return {};
  std::string copy(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
  OPENSSL_free(text);
  return copy;
}

}  // namespace

Certificate::Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Certificate> Certificate::fromDer(std::string_view der) {
  const ErrorQueueGuard guard;
  const auto* at = octetsOf(der);
  const auto* const end = at + der.size();
  X509Handle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != end) {
    return fail(ErrorCode::BadAnswer, fmt::format("{} octets that are no X.509 certificate", der.size()));
  }
  const auto not_before = timeOf(X509_get0_notBefore(certificate.get()));
  const auto not_after = timeOf(X509_get0_notAfter(certificate.get()));
  if (!not_before || !not_after) return fail(ErrorCode::BadAnswer, "the certificate's dates cannot be read");
  if (X509_get0_pubkey(certificate.get()) == nullptr) {
    return fail(ErrorCode::BadAnswer, "the certificate's public key cannot be read");
  }
  return Certificate(std::make_shared<const Impl>(std::move(certificate), std::string(der), *not_before, *not_after));
}

std::string Certificate::toPem() const {
  constexpr std::size_t line = 64;
  const std::string text = base64(impl_->der);
  std::string pem = std::string(kBegin) + "\n";
  for (std::size_t at = 0; at < text.size(); at += line) pem += text.substr(at, line) + "\n";
  return pem + std::string(kEnd) + "\n";
}

std::string Certificate::toDer() const {
  return impl_->der;
}

std::vector<std::string> Certificate::dnsNames() const {
  const ErrorQueueGuard guard;
  std::vector<std::string> result;
  auto* raw = X509_get_ext_d2i(impl_->certificate.get(), NID_subject_alt_name, nullptr, nullptr);
  const GeneralNames names(static_cast<GENERAL_NAMES*>(raw));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) result.push_back(lower(textOf(name->d.dNSName)));
  }
  return result;
}

std::string Certificate::subjectCommonName() const {
  return attribute(X509_get_subject_name(impl_->certificate.get()), NID_commonName);
}

std::string Certificate::issuerCommonName() const {
  return attribute(X509_get_issuer_name(impl_->certificate.get()), NID_commonName);
}

std::string Certificate::issuerOrganization() const {
  return attribute(X509_get_issuer_name(impl_->certificate.get()), NID_organizationName);
}

TimePoint Certificate::notBefore() const {
  return impl_->not_before;
}
TimePoint Certificate::notAfter() const {
  return impl_->not_after;
}
std::string Certificate::sha256() const {
  return hex(crypto::sha256(impl_->der));
}

std::string Certificate::serial() const {
  const std::string der = encodeDer<i2d_ASN1_INTEGER>(X509_get0_serialNumber(impl_->certificate.get()), "i2d_ASN1_INTEGER");
  const auto* content = octetsOf(std::string_view(der));
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  std::ignore = ASN1_get_object(&content, &length, &tag, &tag_class, static_cast<long>(der.size()));
  return {reinterpret_cast<const char*>(content), static_cast<std::size_t>(length)};
}

std::string Certificate::authorityKeyId() const {
  const ErrorQueueGuard guard;
  const auto* id = X509_get0_authority_key_id(impl_->certificate.get());
  return id == nullptr ? std::string() : std::string(textOf(id));
}

bool Certificate::isFor(const PrivateKey& key) const {
  const ErrorQueueGuard guard;
  return EVP_PKEY_eq(X509_get0_pubkey(impl_->certificate.get()), key.impl().key.get()) == 1;
}

bool Certificate::isSignedBy(const Certificate& issuer) const {
  const ErrorQueueGuard guard;
  auto* subject = impl_->certificate.get();
  auto* signer = issuer.impl_->certificate.get();
  return X509_check_issued(signer, subject) == X509_V_OK && X509_verify(subject, X509_get0_pubkey(signer)) == 1;
}

bool Certificate::covers(std::string_view name) const {
  const std::string wanted = lower(name);
  const auto dot = wanted.find('.');
  const std::string wildcard =
      wanted.starts_with("*.") || dot == std::string::npos || dot == 0 ? "" : "*" + wanted.substr(dot);
  const auto names = dnsNames();
  return std::ranges::any_of(names,
                             [&](const auto& own) { return own == wanted || (!wildcard.empty() && own == wildcard); });
}

constexpr std::size_t kMostCertificates = 100;  // of one PEM text

Result<std::vector<Certificate>> parseChain(std::string_view pem) {
  std::vector<Certificate> chain;
  for (auto begin = pem.find(kBegin); begin != std::string_view::npos; begin = pem.find(kBegin)) {
    if (chain.size() == kMostCertificates)
      return fail(ErrorCode::BadAnswer, fmt::format("more than {} certificates in one PEM text", kMostCertificates));
    pem.remove_prefix(begin + kBegin.size());
    const auto end = pem.find("-----");
    const auto der = fromBase64(pem.substr(0, end));
    if (end == std::string_view::npos || !pem.substr(end).starts_with(kEnd) || !der) {
      return fail(ErrorCode::BadAnswer, fmt::format("certificate {} in the PEM text is damaged", chain.size() + 1));
    }
    auto certificate = Certificate::fromDer(*der);
    if (!certificate) return within(fmt::format("certificate {} in the PEM text", chain.size() + 1), certificate.error());
    chain.push_back(std::move(*certificate));
    pem.remove_prefix(end + kEnd.size());
  }
  if (chain.empty()) return fail(ErrorCode::BadAnswer, "no certificate in PEM: " + excerpt(pem, 80));
  return chain;
}

}  // namespace sidecert::crypto
