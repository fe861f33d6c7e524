// One message to the owner.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace sidecert::notify {

enum class Severity { Good, Warning, Alarm };

[[nodiscard]] std::string_view toString(Severity);  // "good", "warning", "alarm"

struct Message {
  std::string event;  // docs/notifications.md lists them
  Severity severity = Severity::Good;
  std::string title;        // one line, some sixty characters
  std::string text;         // sentences; may have several lines
  std::string certificate;  // its first name; empty when it is not about one
  std::string nas;          // "host:port"; empty when it is not about one
  TimePoint time;           // when it became true
};

/// At most `octets` of UTF-8 text, no character cut in half, "…" at the end when something is missing.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t octets);

}  // namespace sidecert::notify
