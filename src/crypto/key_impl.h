// What a PrivateKey holds; for this folder's sources only.
#pragma once

#include "crypto/key.h"
#include "crypto/openssl.h"

namespace sidecert::crypto {

struct PrivateKey::Impl {
  EvpKey key;
};

}  // namespace sidecert::crypto
