// What a fuzz target is given, as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace sidecert::fuzz {

[[nodiscard]] inline std::string_view textOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A promise of the parser. Broken, it is a finding like any crash.
inline void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace sidecert::fuzz
