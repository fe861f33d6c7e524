// Pages of providers that have a panel and no API: read forgivingly, never refused, never deeper than a stack can bear.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/providers/html.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert::dns::providers;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Json page = parseHtml(text);
  if (!page.is_object()) std::abort();
  static_cast<void>(page.dump(-1, ' ', false, Json::error_handler_t::replace));
  static_cast<void>(isWholePage(text));
  return 0;
}
