#include "state/persistence.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace sidecert::state {
namespace {

constexpr std::string_view kProgramOfTheImage = "/sidecert";

struct Mount {
  std::string point;  // where it is mounted
  std::string type;
};

/// Spaces and backslashes are written as octal escapes.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

std::optional<Mount> parseMount(std::string_view line) {
  // id parent major:minor root point options [optional fields] - type source options
  const std::vector<std::string> fields = splitList(line, " ");
  const auto dash = std::ranges::find(fields, "-");
  if (fields.size() < 7 || dash == fields.end() || std::next(dash) == fields.end()) return std::nullopt;
  return Mount{.point = unescaped(fields[4]), .type = *std::next(dash)};
}

bool holds(const std::string& point, const std::string& path) {
  return point == "/" || path == point || path.starts_with(point + "/");
}

}  // namespace

Persistence judgePersistence(std::string_view mountinfo, const Path& data, bool in_image) {
  const std::string path = data.lexically_normal().string();
  std::optional<Mount> best;
  for (const std::string& line : splitList(mountinfo, "\n")) {
    auto mount = parseMount(line);
    // A later mount covers an earlier one at the same place.
    if (mount && holds(mount->point, path) && (!best || mount->point.size() >= best->point.size())) best = std::move(mount);
  }
  if (!best) return Persistence::Kept;
  if (best->point == "/") return in_image ? Persistence::Layer : Persistence::Kept;
  if (best->type == "tmpfs" || best->type == "ramfs") return Persistence::Memory;
  return best->type == "overlay" ? Persistence::Layer : Persistence::Kept;
}

Persistence persistenceOf(const Path& data, FileSystem& files) {
  const auto program = files.readLink("/proc/self/exe");
  const bool in_image = program && *program && (*program)->string() == kProgramOfTheImage;
  const auto mounts = files.read("/proc/self/mountinfo");
  if (!in_image || !mounts || !*mounts) return Persistence::Kept;
  return judgePersistence(**mounts, data, in_image);
}

std::optional<Error> whyNotKept(Persistence persistence, const Path& data) {
  const auto because = [&](std::string_view where, std::string_view when) {
    return Error{.code = ErrorCode::Settings,
                 .what = fmt::format("{} lies {} and is lost {}", data.string(), where, when),
                 .hint = fmt::format(
                     "mount a folder of the NAS or a named volume there (compose file: volumes: [\"./data:{}\"]), or set "
                     "SIDECERT_EPHEMERAL=yes if that is what you want",
                     data.string())};
  };
  switch (persistence) {
    case Persistence::Kept: return std::nullopt;
    case Persistence::Layer: return because("in the container's own layer", "when the container is made anew");
    case Persistence::Memory: return because("in memory (tmpfs)", "when the container stops");
  }
  return std::nullopt;
}

}  // namespace sidecert::state
