// Answers of XML APIs: read, pointed into, written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/providers/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert::dns::providers;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parseXmlRpc(text));
  if (const auto tree = parseXml(text); tree && tree->size() != 1) std::abort();
  return 0;
}
