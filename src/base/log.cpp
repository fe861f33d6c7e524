#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace sidecert {
namespace {

void writeWhole(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody is left to be told
    }
  }
}

std::string asText(TimePoint now, LogLevel level, std::string_view subject, std::string_view message) {
  if (subject.empty()) return fmt::format("{} {:<7} {}\n", toIso(now), toString(level), printable(message));
  return fmt::format("{} {:<7} {}: {}\n", toIso(now), toString(level), printable(subject), printable(message));
}

std::string asJson(TimePoint now, LogLevel level, std::string_view subject, std::string_view message) {
  nlohmann::ordered_json line{{"time", toIso(now)}, {"level", toString(level)}};
  if (!subject.empty()) line["subject"] = printable(subject);
  line["message"] = printable(message);
  return line.dump() + "\n";
}

}  // namespace

std::string_view toString(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warning: return "warning";
    case LogLevel::Error: return "error";
  }
  return "error";
}

void StreamLogSink::write(LogLevel level, std::string_view subject, std::string_view message) {
  const auto now = clock_.now();
  const auto line = format_ == LogFormat::Json ? asJson(now, level, subject, message) : asText(now, level, subject, message);
  const std::scoped_lock lock(mutex_);
  writeWhole(descriptor_, line);
}

}  // namespace sidecert
