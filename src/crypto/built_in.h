// OpenSSL as it is linked in, and nothing else of it.
#pragma once

namespace sidecert::crypto {

/// Call it first in main. From then on OpenSSL reads no openssl.cnf and loads no provider from disk; Poco would load the
/// "legacy" one. A static program that loads a shared object has two C libraries in it and dies where they differ.
void useBuiltInOpenSslOnly();

}  // namespace sidecert::crypto
