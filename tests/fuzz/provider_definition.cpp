// Any text may stand in a mounted definition: it is taken or refused with a reason, never more.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/providers/definition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto definition = sidecert::dns::providers::loadDefinition(text, "mine.json");
  if (!definition && definition.error().what.empty()) std::abort();
  return 0;
}
