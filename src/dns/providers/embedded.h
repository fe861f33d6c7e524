// What is compiled into the binary as text: the definitions, and compose/sidecert.yaml (embed.cmake writes it).
#pragma once

#include <span>
#include <string_view>

namespace sidecert::dns::providers {

struct EmbeddedDefinition {
  std::string_view id;
  std::string_view title;
  std::string_view aliases;    // blank-separated
  std::string_view variables;  // blank-separated names, each with =OTHER=OTHER where other programs call it otherwise
  std::string_view text;
};

/// Sorted by id.
[[nodiscard]] std::span<const EmbeddedDefinition> embeddedDefinitions();

/// compose/sidecert.yaml.
[[nodiscard]] std::string_view embeddedComposeFile();

}  // namespace sidecert::dns::providers
