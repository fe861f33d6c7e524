// The log: one line per event on standard output, UTC ISO time, level, what and why.
// A line is written whole or not at all, so threads may share a sink. No secret reaches it: Secret has no formatter.
#pragma once

#include <fmt/core.h>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace sidecert {

enum class LogLevel { Debug, Info, Warning, Error };

[[nodiscard]] std::string_view toString(LogLevel);

/// Where finished lines go. Implementations are safe to call from several threads.
class LogSink {
 public:
  LogSink() = default;
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  virtual ~LogSink() = default;
  [[nodiscard]] virtual bool enabled(LogLevel) const = 0;
  virtual void write(LogLevel, std::string_view subject, std::string_view message) = 0;
};

/// A cheap handle: a sink and the subject ("certificate home") its lines are about. The sink must outlive it.
class Log {
 public:
  explicit Log(LogSink& sink, std::string subject = {}) : Log(sink, std::move(subject), false) {}

  [[nodiscard]] Log about(std::string_view subject) const { return Log(*sink_, std::string(subject), detail_); }
  /// The same, but whatever it says is a detail: it is seen at debug level only.
  [[nodiscard]] Log asDetail() const { return Log(*sink_, subject_, true); }

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::Debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::Info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::Warning, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::Error, format, std::forward<Args>(args)...);
  }

 private:
  Log(LogSink& sink, std::string subject, bool detail) : sink_(&sink), subject_(std::move(subject)), detail_(detail) {}

  template <class... Args>
  void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (detail_) level = LogLevel::Debug;
    if (sink_->enabled(level)) sink_->write(level, subject_, fmt::format(format, std::forward<Args>(args)...));
  }

  LogSink* sink_;
  std::string subject_;
  bool detail_;
};

enum class LogFormat { Text, Json };

/// Lines to a file descriptor, standard output in production. Control characters in a message are shown as \xNN, so what
/// a server answers can neither break a line nor colour a terminal.
class StreamLogSink final : public LogSink {
 public:
  StreamLogSink(const Clock& clock, int descriptor, LogLevel least, LogFormat format)
      : clock_(clock), descriptor_(descriptor), least_(least), format_(format) {}
  [[nodiscard]] bool enabled(LogLevel level) const override { return level >= least_; }
  void write(LogLevel, std::string_view subject, std::string_view message) override;

 private:
  const Clock& clock_;
  int descriptor_;
  LogLevel least_;
  LogFormat format_;
  std::mutex mutex_;  // a line longer than a pipe's buffer takes several writes
};

}  // namespace sidecert
