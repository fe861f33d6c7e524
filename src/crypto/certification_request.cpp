// PKCS#10 as ACME wants it: the names stand in subjectAltName alone (RFC 8555 section 7.4).
#include <tuple>

#include "crypto/key_impl.h"

namespace sidecert::crypto {
namespace {

void addName(GENERAL_NAMES* names, const std::string& name) {
  auto entry = own<GeneralName>(GENERAL_NAME_new(), "GENERAL_NAME_new");
  auto* text = ASN1_IA5STRING_new();
  if (text == nullptr) throwOpenSslError("ASN1_IA5STRING_new");
  GENERAL_NAME_set0_value(entry.get(), GEN_DNS, text);
  require(ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())), "ASN1_STRING_set");
  require(sk_GENERAL_NAME_push(names, entry.get()), "sk_GENERAL_NAME_push");
  std::ignore = entry.release();
}

void addSubjectAltName(X509_REQ* request, const std::vector<std::string>& names) {
  const auto list = own<GeneralNames>(GENERAL_NAMES_new(), "GENERAL_NAMES_new");
  for (const auto& name : names) addName(list.get(), name);
  STACK_OF(X509_EXTENSION)* extensions = nullptr;
  const int added = X509V3_add1_i2d(&extensions, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT);
  const auto freeAll = [](STACK_OF(X509_EXTENSION) * stack) { sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free); };
  const std::unique_ptr<STACK_OF(X509_EXTENSION), decltype(freeAll)> owned(extensions, freeAll);
  require(added, "X509V3_add1_i2d");
  require(X509_REQ_add_extensions(request, extensions), "X509_REQ_add_extensions");
}

}  // namespace

std::string PrivateKey::certificationRequest(const std::vector<std::string>& names) const {
  auto* key = impl_->key.get();
  const auto request = own<X509Request>(X509_REQ_new(), "X509_REQ_new");
  require(X509_REQ_set_version(request.get(), X509_REQ_VERSION_1), "X509_REQ_set_version");
  require(X509_REQ_set_pubkey(request.get(), key), "X509_REQ_set_pubkey");
  addSubjectAltName(request.get(), names);
  require(X509_REQ_sign(request.get(), key, algorithm() == "ES384" ? EVP_sha384() : EVP_sha256()), "X509_REQ_sign");
  return encodeDer<i2d_X509_REQ>(request.get(), "i2d_X509_REQ");
}

}  // namespace sidecert::crypto
