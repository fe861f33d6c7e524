// Pages of providers that have a panel and no API: read forgivingly, refused only for their size, never deeper than a stack
// can bear.
#include "dns/providers/html.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const auto page = dns::providers::parseHtml(fuzz::textOf(data, size));
  fuzz::promise(page ? page->isObject() : page.error().too_much);
  if (page) static_cast<void>(dump(*page));
  return 0;
}
