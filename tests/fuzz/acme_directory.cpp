// A directory (RFC 8555 section 7.1.1).
#include "acme/directory.h"
#include "acme/persistent.h"
#include "acme/profiles.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const auto directory = acme::parseDirectory("https://ca.example/dir", text);
  if (!directory) {
    fuzz::promise(!directory.error().what.empty());
    return 0;
  }
  fuzz::promise(parseUrl(directory->new_order)->scheme == "https");
  fuzz::promise(!directory->renewal_info.ends_with('/'));
  static_cast<void>(acme::ProfileChoice({"classic", "!tlsserver"}, *directory).current());
  static_cast<void>(acme::recordsToPublish(*directory, {"https://ca.example/1", "thumb"}, {"a.example", "*.a.example"}, {}));
  return 0;
}
