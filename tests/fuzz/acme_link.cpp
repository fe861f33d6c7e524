// A Link field (RFC 8288 section 3) and the reference in it.
#include "acme/links.h"
#include "base/http.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  for (const std::string& target : acme::linkTargets({std::string(text)}, "alternate")) {
    fuzz::promise(!target.empty());
    const auto url = acme::resolveReference("https://ca.example/cert/1", target);
    fuzz::promise(!url || parseUrl(*url)->scheme == "https");
  }
  return 0;
}
