// What a component needs of the world, in one parameter. main.cpp names the real ones; tests bring their own.
#pragma once

#ifdef SIDECERT_PURE
#error "a pure folder (src/app/plan) is handed no clock, no network and no disk"
#endif

#include <stop_token>

#include "base/clock.h"
#include "base/effort.h"
#include "base/file_system.h"
#include "base/http/http.h"
#include "base/log.h"

namespace sidecert {

struct Ports {
  Clock& clock;
  HttpTransport& http;
  FileSystem& files;
  Log log;
  std::stop_token stop;  // requested: end waiting at once, undo what was left in somebody's zone, return Stopped

  /// What may be spent on something that is wanted now: until a stop, and up to `limit`.
  [[nodiscard]] Effort effort(Duration limit = Duration::max()) const { return Effort::within(clock, limit, stop); }

  /// The same world, its log lines about `subject`.
  [[nodiscard]] Ports about(std::string_view subject) const { return {clock, http, files, log.about(subject), stop}; }
};

}  // namespace sidecert
