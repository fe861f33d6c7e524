// A Link field (RFC 8288 section 3) and the reference in it.
#include "base/http/http.h"
#include "base/http/links.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  for (const std::string& target : linkTargets({std::string(text)}, "alternate")) {
    fuzz::promise(!target.empty());
    const auto url = resolveReference("https://ca.example/cert/1", target);
    fuzz::promise(!url || parseUrl(*url)->scheme == "https");
  }
  return 0;
}
