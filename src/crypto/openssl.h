// The one owner type for OpenSSL's objects. Included by this folder's sources only: nobody else sees an OpenSSL header.
// A call that can only fail by a bug or by lack of memory throws CryptoError; what the outside world can get wrong is a
// Result in the public headers.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/freer.h"
#include "crypto/digest.h"

namespace sidecert::crypto {

class CryptoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Bio = Handle<BIO, BIO_free_all>;
using BigNumber = Handle<BIGNUM, BN_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcSignature = Handle<ECDSA_SIG, ECDSA_SIG_free>;
using EvpKey = Handle<EVP_PKEY, EVP_PKEY_free>;
using EvpKeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using GeneralNames = Handle<GENERAL_NAMES, GENERAL_NAMES_free>;
using GeneralName = Handle<GENERAL_NAME, GENERAL_NAME_free>;
using X509Handle = Handle<X509, X509_free>;
using X509Request = Handle<X509_REQ, X509_REQ_free>;
static_assert(sizeof(EvpKey) == sizeof(void*));

/// @throws CryptoError naming `call` and OpenSSL's reason; the thread's error queue is empty afterwards.
[[noreturn]] void throwOpenSslError(std::string_view call);

/// Takes ownership of a fresh object. @throws CryptoError when `raw` is null.
template <class H>
[[nodiscard]] H own(typename H::pointer raw, std::string_view call) {
  if (raw == nullptr) throwOpenSslError(call);
  return H(raw);
}

/// @throws CryptoError unless `code` is positive, OpenSSL's success.
inline void require(int code, std::string_view call) {
  if (code <= 0) throwOpenSslError(call);
}

/// Leaves no error behind for the next caller of OpenSSL on this thread, whatever happened in between.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() = default;
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
  ~ErrorQueueGuard();
};

/// The public interfaces of OpenSSL take octets as unsigned char.
[[nodiscard]] inline const unsigned char* octetsOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
[[nodiscard]] inline unsigned char* octetsOf(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// OpenSSL's object for one of our hashes; static, never freed.
[[nodiscard]] const EVP_MD* algorithmOf(Hash);

/// What was written to a memory BIO.
[[nodiscard]] std::string contentOf(BIO*);

/// DER by one of OpenSSL's i2d functions.
template <auto Encode, class T>
[[nodiscard]] std::string encodeDer(const T* object, std::string_view call) {
  const int length = Encode(object, nullptr);
  require(length, call);
  std::string der(static_cast<std::size_t>(length), '\0');
  auto* out = octetsOf(der);
  require(Encode(object, &out), call);
  return der;
}

}  // namespace sidecert::crypto
