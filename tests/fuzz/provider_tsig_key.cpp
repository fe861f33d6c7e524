// Key files as BIND and Knot write them: a key with a name and a secret, or a reason that shows nothing of the secret.
#include "dns/providers/tsig.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const auto text = fuzz::textOf(data, size);
  for (const char* name : {"", "named.key", "Kkey.example.+163+12345.private"}) {
    const auto key = dns::providers::parseTsigKey(text, name);
    fuzz::promise(key ? !key->name.empty() && !key->secret.empty() : !key.error().what.empty());
  }
  return 0;
}
