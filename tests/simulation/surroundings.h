// What a simulated container is surrounded by: no network, a narrator, a postman, and troubles that come and go.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <random>

#include "base/http/http.h"
#include "base/log.h"
#include "notify/sender.h"
#include "simulation/partners.h"

namespace sidecert::simulation {

using namespace std::chrono_literals;

class NoHttp final : public HttpTransport {
 public:
  Result<HttpResponse> send(const HttpRequest&, const Effort&) override {
    return fail(ErrorCode::Internal, "no HTTP in here");
  }
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override {
    return fail(ErrorCode::Internal, "no TLS in here");
  }
};

/// Prints when a single container is replayed, else nothing.
class Narrator final : public LogSink {
 public:
  Narrator(const Situation& situation, bool loud) : situation_(situation), loud_(loud) {}
  [[nodiscard]] bool enabled(LogLevel level) const override { return loud_ && level >= LogLevel::Info; }
  void write(LogLevel level, std::string_view, std::string_view message) override {
    fmt::print("{} {} {}\n", toIso(situation_.now), toString(level), message);
  }

 private:
  const Situation& situation_;
  bool loud_;
};

/// Something that goes wrong every now and then and lasts a while.
class Trouble {
 public:
  Trouble(Duration every, Duration lasts) : every_(every), lasts_(lasts) {}
  [[nodiscard]] bool on() const { return on_; }
  [[nodiscard]] TimePoint next() const { return next_; }
  void begin(TimePoint now, std::mt19937_64& chance) { next_ = now + draw(every_, chance); }
  /// @returns whether it has just changed.
  bool advance(TimePoint now, std::mt19937_64& chance) {
    if (now < next_) return false;
    on_ = !on_;
    // One in ten lasts ten times as long.
    const int stretch = on_ && std::uniform_int_distribution<int>(1, 10)(chance) == 1 ? 10 : 1;
    next_ = now + draw(on_ ? lasts_ * stretch : every_, chance);
    return true;
  }

 private:
  static Duration draw(Duration mean, std::mt19937_64& chance) {
    const double drawn = std::exponential_distribution<double>(1)(chance);
    return std::max<Duration>(1s, Duration(static_cast<Duration::rep>(drawn * static_cast<double>(mean.count()))));
  }
  Duration every_, lasts_;
  bool on_ = false;
  TimePoint next_;
};

/// How often something happened in the last 24 hours.
class LastDay {
 public:
  /// @returns how often by now. @param more  how often it has just happened
  std::size_t add(long more, TimePoint now) {
    times_.insert(times_.end(), static_cast<std::size_t>(more), now);
    while (!times_.empty() && times_.front() + 24h < now) times_.pop_front();
    return times_.size();
  }

 private:
  std::deque<TimePoint> times_;
};

/// Counts what the owner is told.
class Postman final : public notify::Sender {
 public:
  Result<> send(const notify::Address&, const notify::Message&, const Effort&) override {
    if (away) return fail(ErrorCode::Unreachable, "the messages' server is away");
    ++sent;
    return {};
  }
  std::size_t sent = 0;
  bool away = false;
};

}  // namespace sidecert::simulation
