#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "config/spelling.h"

namespace sidecert::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kPlaceholderShown = 60;  // characters

// The first "${NAME}" in a value, with or without a default as in "${NAME:-x}"; empty when there is none.
std::string unfilledPlaceholder(std::string_view value) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (auto at = value.find("${"); at != std::string_view::npos; at = value.find("${", at + 1)) {
    const std::string_view rest = value.substr(at + 2);
    const auto end = rest.find('}');
    if (end == std::string_view::npos) break;
    std::string_view name = rest.substr(0, end);
    name = name.substr(0, name.find_first_of(":-?+"));
    if (name.empty() || !letter(name.front())) continue;
    if (std::ranges::all_of(name, [&](char c) { return letter(c) || digit(c); })) {
      return std::string(value.substr(at, end + 3));
    }
  }
  return {};
}

bool isLabel(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string withoutLineEnd(std::string value) {
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return value;
}

}  // namespace

std::optional<Secret> Environment::get(const Variable& variable, const std::vector<std::string>& prefixes) {
  std::vector<std::string> tried = prefixes;
  if (&variable != &variables::kNas) tried.emplace_back();  // NAS without a label is nobody's variable
  for (const std::string& prefix : tried) {
    if (auto value = lookUp(prefix + std::string(variable.name))) return value;
    for (const std::string& older : splitList(variable.older)) {
      if (auto value = lookUp(prefix + older)) {
        if (!equalsIgnoringCase(older, variable.name))
          note(fmt::format("{}{} is read as {}{}", prefix, older, prefix, variable.name));
        return value;
      }
    }
  }
  return std::nullopt;
}

std::optional<Secret> Environment::get(std::string_view name, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (auto value = lookUp(prefix + std::string(name))) return value;
  }
  return lookUp(std::string(name));
}

bool Environment::isSet(const Variable& variable, const std::string& prefix) const {
  std::vector<std::string> names = splitList(variable.older);
  names.emplace_back(variable.name);
  return std::ranges::any_of(names, [&](const std::string& name) {
    for (const std::string& candidate : {prefix + name, prefix + name + std::string(kFileSuffix)}) {
      if (const auto found = spelled(candidate); found && !trim(variables_.at(*found)).empty()) return true;
    }
    return false;
  });
}

std::vector<std::string> Environment::labels(std::string_view family, const std::set<std::string>& provider_names) {
  const std::set<std::string> known = knownNames(provider_names);
  std::set<std::string> found;
  for (const auto& [name, value] : variables_) {
    if (!startsWithIgnoringCase(name, family)) continue;
    const std::string_view rest = std::string_view(name).substr(family.size());
    const auto tail = knownTail(rest, known);
    if (!tail) continue;
    const std::string_view label = rest.substr(0, rest.size() - *tail - 1);
    if (isLabel(label)) {
      found.insert(upper(label));
    } else {
      fault(excerpt(name, 80),
            fmt::format("the label '{}' may hold letters, digits and underscores only", excerpt(std::string(label), 40)));
    }
  }
  return {found.begin(), found.end()};
}

void Environment::suggest(const std::set<std::string>& provider_names) {
  const std::set<std::string> known = knownNames(provider_names);
  for (const auto& [name, value] : variables_) {
    if (std::string remark = remarkOn(name, known); !remark.empty()) note(std::move(remark));
  }
}

void Environment::fault(std::string_view variable, std::string text) {
  faults_.push_back(fmt::format("{}: {}", variable, text));
}

void Environment::note(std::string text) {
  if (!std::ranges::contains(notes_, text)) notes_.push_back(std::move(text));
}

std::optional<std::string> Environment::spelled(const std::string& name) const {
  if (variables_.contains(name)) return name;
  for (const auto& [candidate, value] : variables_) {
    if (equalsIgnoringCase(candidate, name)) return candidate;
  }
  return std::nullopt;
}

std::optional<Secret> Environment::lookUp(const std::string& name) {
  const auto direct = spelled(name);
  const auto by_file = spelled(name + std::string(kFileSuffix));
  // SSL_CERT_FILE is a variable of its own, not SSL_CERT read from a file; only a name that is asked for gets this far.
  if (by_file && !variables_.at(*by_file).empty()) {
    if (direct && !variables_.at(*direct).empty()) {
      fault(name, fmt::format("{} and {} are both set; keep one of them", *direct, *by_file));
      return std::nullopt;
    }
    const Path path(std::string(trim(variables_.at(*by_file))));
    if (path.is_absolute()) watched_.insert(path);
    auto bytes = files_.read(path);
    if (!bytes) {
      fault(*by_file, fmt::format("the file {} cannot be read: {}", path.string(), bytes.error().what));
      return std::nullopt;
    }
    if (!*bytes) {
      fault(*by_file, fmt::format("there is no file {} in the container; is it mounted?", path.string()));
      return std::nullopt;
    }
    auto text = textOf(*by_file, path, std::move(**bytes));
    if (!text) return std::nullopt;
    return filledIn(*by_file, withoutLineEnd(std::move(*text)), fmt::format("the file {}", path.string()));
  }
  if (direct) return filledIn(*direct, withoutQuotes(*direct, withoutLineEnd(variables_.at(*direct))), "the value");
  return std::nullopt;
}

std::optional<std::string> Environment::contentOf(const Path& path) {
  if (!path.is_absolute()) return std::nullopt;
  watched_.insert(path);
  if (const auto bytes = files_.read(path); bytes && *bytes) return *bytes;
  const auto names = files_.list(path);
  if (!names) return std::nullopt;
  std::string all;
  for (const std::string& name : *names) {
    if (!name.ends_with(".json")) continue;
    if (const auto bytes = files_.read(path / name); bytes && *bytes) all += name + "=" + **bytes;
  }
  return all;
}

std::optional<std::string> Environment::textOf(const std::string& name, const Path& path, std::string bytes) {
  // Windows' editors and PowerShell write UTF-16; no value of ours has a NUL.
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") || bytes.contains('\0')) {
    fault(name, fmt::format("the file {} is UTF-16 or no text at all; save it as UTF-8", path.string()));
    return std::nullopt;
  }
  if (bytes.starts_with(kByteOrderMark)) {
    note(fmt::format("{}: the byte order mark at the start of the file {} is not taken as part of the value", name,
                     path.string()));
    bytes.erase(0, kByteOrderMark.size());
  }
  const auto first = bytes.find_first_not_of(kBlanks);
  if (first == std::string::npos) return std::string();
  const auto begin = bytes.find_last_of('\n', first);
  const auto end = bytes.find('\n', bytes.find_last_not_of(kBlanks));
  const bool blank_before = begin != std::string::npos;
  const bool blank_after = end != std::string::npos && end + 1 < bytes.size();
  if (blank_before || blank_after) {
    note(
        fmt::format("{}: the blank lines around the value in the file {} are not taken as part of it", name, path.string()));
  }
  bytes.erase(std::min(end, bytes.size()));
  if (blank_before) bytes.erase(0, begin + 1);
  return bytes;
}

std::string Environment::withoutQuotes(const std::string& name, std::string value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
    note(fmt::format("the quotes around the value of {} are not taken as part of it", name));
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

std::optional<Secret> Environment::filledIn(const std::string& name, std::string value, std::string_view source) {
  const auto placeholder = unfilledPlaceholder(value);
  if (placeholder == value && !value.empty()) {
    fault(name, fmt::format("{} is \"{}\" as it stands, which nobody has filled in: Docker Compose replaces such a text in "
                            "the compose file only, and not where it stands in single quotes or with two $",
                            source, excerpt(placeholder, kPlaceholderShown)));
    return std::nullopt;
  }
  if (!placeholder.empty()) {
    note(fmt::format("{}: {} holds \"{}\" as it stands; was it meant to be filled in?", name, source,
                     excerpt(placeholder, kPlaceholderShown)));
  }
  return Secret(std::move(value));
}

}  // namespace sidecert::config
