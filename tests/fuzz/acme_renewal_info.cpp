// Renewal information (RFC 9773 section 4.2).
#include "acme/renewal_info.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const auto window = acme::parseRenewalWindow(text);
  if (!window) return 0;
  fuzz::promise(window->start < window->end);
  for (const double draw : {0.0, 0.5, 0.999999}) {
    const TimePoint chosen = acme::chooseRenewalTime(*window, window->start, draw);
    fuzz::promise(window->start <= chosen && chosen <= window->end);
  }
  return 0;
}
