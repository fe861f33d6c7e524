#include "app/plan/deploy_window.h"

#include <algorithm>

namespace sidecert::app {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

}  // namespace

TimePoint windowOpens(const config::DeployWindow& window, TimePoint from) {
  const TimePoint local = from + window.utc_offset;
  const TimePoint midnight = std::chrono::floor<std::chrono::days>(local);
  const Duration passed = local - midnight;
  const bool after_begin = passed >= window.begin;
  const bool before_end = passed < window.end;
  if (window.begin < window.end ? after_begin && before_end : after_begin || before_end) return from;
  const TimePoint today = midnight + window.begin;
  return (today >= local ? today : today + kDay) - window.utc_offset;
}

TimePoint deployNotBefore(const config::NasSettings& nas, const Record& record, const std::string& sha256, TimePoint issued,
                          TimePoint expires, TimePoint now) {
  if (!nas.deploy_window) return now;
  const auto found = record.targets.find(targetKey(nas));
  const bool repair = found != record.targets.end() && found->second.sha256 == sha256;
  const TimePoint latest =
      repair ? found->second.check.value_or(now) + kDay : std::min(issued + (expires - issued) / 3, expires);
  return std::max(now, std::min(windowOpens(*nas.deploy_window, now), latest));
}

}  // namespace sidecert::app
