#include "crypto/openssl.h"

#include <openssl/err.h>

#include <array>

namespace sidecert::crypto {

void throwOpenSslError(std::string_view call) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw CryptoError(std::string(call) + ": " + reason.data());
}

ErrorQueueGuard::~ErrorQueueGuard() {
  ERR_clear_error();
}

std::string contentOf(BIO* bio) {
  const char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace sidecert::crypto
