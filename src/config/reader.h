// One label's view of the environment: values that are set, and faults for those that make no sense.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/environment.h"

namespace sidecert::config {

/// What an owner may write, in small letters, and what it means.
template <class T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

class Reader {
 public:
  /// @param prefixes  most particular first; a variable without any prefix is looked at last
  /// @param about  whose values these are, for faults: "certificate HOME"; empty when there is just one
  Reader(Environment& environment, std::vector<std::string> prefixes, std::string about)
      : environment_(environment), prefixes_(std::move(prefixes)), about_(std::move(about)) {}

  [[nodiscard]] std::optional<Secret> value(const Variable& variable) { return environment_.get(variable, prefixes_); }
  [[nodiscard]] std::optional<Secret> value(std::string_view name) { return environment_.get(name, prefixes_); }
  [[nodiscard]] Secret secret(const Variable& variable) { return value(variable).value_or(Secret()); }

  /// Trimmed; empty when not set.
  [[nodiscard]] std::string text(const Variable& variable) { return std::string(trim(secret(variable).reveal())); }
  /// Trimmed; the variable's fallback when not set.
  [[nodiscard]] std::string textOrFallback(const Variable& variable) {
    const std::string typed = text(variable);
    return typed.empty() ? std::string(variable.fallback) : typed;
  }
  [[nodiscard]] std::optional<std::string> optionalText(const Variable& variable) {
    const auto found = value(variable);
    return found ? std::optional(std::string(trim(found->reveal()))) : std::nullopt;
  }
  [[nodiscard]] std::vector<std::string> list(const Variable& variable) { return splitList(text(variable), ", ;\n\t"); }
  [[nodiscard]] bool flag(const Variable&);
  [[nodiscard]] std::optional<std::uint64_t> number(const Variable&, std::uint64_t least, std::uint64_t most);

  /// The meaning of the word that was typed, or of the variable's fallback.
  template <class T, std::size_t N>
  [[nodiscard]] T choice(const Variable& variable, const Words<T, N>& words) {
    const std::string typed = lower(textOrFallback(variable));
    std::vector<std::string> known;
    for (const auto& [word, meaning] : words) {
      if (typed == word) return meaning;
      known.emplace_back(word);
    }
    fault(variable, fmt::format("'{}' is not one of {}", excerpt(typed, 40), join(known, ", ")));
    return words.front().second;
  }

  void fault(const Variable&, std::string text);
  void note(std::string text) { environment_.note(std::move(text)); }

 private:
  Environment& environment_;
  std::vector<std::string> prefixes_;
  std::string about_;
};

}  // namespace sidecert::config
