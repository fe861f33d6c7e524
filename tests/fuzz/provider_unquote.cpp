// Values as listings show them: quoted, escaped, in pieces. What we quote reads as what it was.
#include "dns/providers/transform.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const auto text = fuzz::textOf(data, size);
  fuzz::promise(dns::providers::unquoteTxt(text).size() <= text.size());
  fuzz::promise(dns::providers::unquoteTxt(dns::providers::quoteTxt(text)) == text);
  return 0;
}
