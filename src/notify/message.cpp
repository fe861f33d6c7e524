#include "notify/message.h"

namespace sidecert::notify {

std::string_view toString(Severity severity) {
  switch (severity) {
    case Severity::Good: return "good";
    case Severity::Warning: return "warning";
    case Severity::Alarm: return "alarm";
  }
  return "alarm";
}

std::string shortened(std::string_view text, std::size_t octets) {
  constexpr std::string_view kMore = "…";
  if (text.size() <= octets) return std::string(text);
  std::size_t end = octets < kMore.size() ? 0 : octets - kMore.size();
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  while (end > 0 && continues(end)) --end;
  return std::string(text.substr(0, end)) + std::string(kMore);
}

}  // namespace sidecert::notify
