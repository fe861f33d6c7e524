#include "dns/providers/ini.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::string_view kForAll = "DEFAULT";

}  // namespace

std::expected<Object, std::string> readIni(std::string_view text, std::string_view section) {
  std::vector<std::pair<std::string, Object>> sections;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++number;
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      sections.emplace_back(trim(line.substr(1, line.size() - 2)), Object{});
      continue;
    }
    const auto mark = line.find_first_of("=:");
    if (mark == std::string_view::npos || mark == 0 || sections.empty())
      return std::unexpected(fmt::format("line {} is neither [section] nor key = value", number));
    sections.back().second.set(lower(trim(line.substr(0, mark))), std::string(trim(line.substr(mark + 1))));
  }
  Object out;
  bool found = false;
  std::vector<std::string> names;
  for (const std::string_view wanted : {kForAll, section}) {
    for (const auto& [name, members] : sections) {
      if (name != wanted) continue;
      found = found || name == section;
      for (const auto& [key, value] : members.members()) out.set(key, value);
    }
  }
  if (found) return out;
  for (const auto& [name, members] : sections) names.push_back(name);
  return std::unexpected(fmt::format("there is no section [{}]{}", section,
                                     names.empty() ? "" : fmt::format("; there are {}", join(names, ", "))));
}

}  // namespace sidecert::dns::providers
