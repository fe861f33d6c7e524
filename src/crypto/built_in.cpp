#include "crypto/built_in.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

namespace sidecert::crypto {

void useBuiltInOpenSslOnly() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  OSSL_PROVIDER_set_default_search_path(nullptr, "/nonexistent");
}

}  // namespace sidecert::crypto
