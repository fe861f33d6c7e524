// The names of variables as owners type them: what is ours, what was meant, and what has no effect where it stands. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sidecert::config {

/// NAME_FILE: the value of NAME is read from there.
inline constexpr std::string_view kFileSuffix = "_FILE";

[[nodiscard]] bool startsWithIgnoringCase(std::string_view text, std::string_view start);

/// Of the registry, older spellings among them, and of DNS providers.
[[nodiscard]] std::set<std::string> knownNames(const std::set<std::string>& provider_names);

/// The length of the known name that `name` ends with after a label: for "HOME_SYNO_PORT_FILE" that of "SYNO_PORT_FILE".
[[nodiscard]] std::optional<std::size_t> knownTail(std::string_view name, const std::set<std::string>& known);

/// What there is to say about a variable that is set: that it is not ours and which was meant, or that it has no effect
/// below its label. @returns nothing to say: empty
[[nodiscard]] std::string remarkOn(const std::string& name, const std::set<std::string>& known);

}  // namespace sidecert::config
