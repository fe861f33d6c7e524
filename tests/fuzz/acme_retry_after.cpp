// Retry-After in all its forms (RFC 9110 sections 5.6.7 and 10.2.3).
#include "base/http/http.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
  if (const auto wait = parseRetryAfter(text, now)) fuzz::promise(wait->count() >= 0);
  static_cast<void>(parseHttpDate(text));
  return 0;
}
