// A dns-persist-01 record as it stands in DNS (RFC 8659 section 4.2).
#include "acme/persistent.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  if (const auto value = acme::parsePersistentValue(text)) fuzz::promise(!value->issuer.empty());
  return 0;
}
