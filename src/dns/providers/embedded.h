// The definitions compiled into the binary, as text (embed.cmake writes the table).
#pragma once

#include <span>
#include <string_view>

namespace sidecert::dns::providers {

struct EmbeddedDefinition {
  std::string_view id;
  std::string_view title;
  std::string_view aliases;    // blank-separated
  std::string_view variables;  // names, blank-separated
  std::string_view text;
};

/// Sorted by id.
[[nodiscard]] std::span<const EmbeddedDefinition> embeddedDefinitions();

}  // namespace sidecert::dns::providers
