// An authorization with its challenges (RFC 8555 section 7.1.4).
#include "acme/persistent.h"
#include "acme/resources.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const auto authorization = acme::parseAuthorization("https://ca.example/z/1", text);
  if (!authorization) return 0;
  fuzz::promise(!authorization->identifier.empty());
  static_cast<void>(authorization->error());
  for (const acme::Challenge& challenge : authorization->challenges) {
    fuzz::promise(!challenge.type.empty());
    static_cast<void>(acme::wishFor({}, *authorization, challenge, {"https://ca.example/1", "thumb"}));
  }
  return 0;
}
