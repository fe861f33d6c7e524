#include "config/reader.h"

namespace sidecert::config {

bool Reader::flag(const Variable& variable) {
  const std::string typed = lower(text(variable));
  if (typed.empty() || typed == "0" || typed == "no" || typed == "false" || typed == "off") return false;
  if (typed == "1" || typed == "yes" || typed == "true" || typed == "on") return true;
  fault(variable, fmt::format("'{}' is neither yes nor no", excerpt(typed, 40)));
  return false;
}

std::optional<std::uint64_t> Reader::number(const Variable& variable, std::uint64_t least, std::uint64_t most) {
  const std::string typed = text(variable);
  if (typed.empty()) return std::nullopt;
  const auto parsed = parseNumber(typed);
  if (!parsed || *parsed < least || *parsed > most) {
    fault(variable, fmt::format("'{}' is not a whole number from {} to {}", excerpt(typed, 40), least, most));
    return std::nullopt;
  }
  return parsed;
}

void Reader::fault(const Variable& variable, std::string text) {
  environment_.fault(about_.empty() ? std::string(variable.name) : fmt::format("{} ({})", variable.name, about_),
                     std::move(text));
}

}  // namespace sidecert::config
