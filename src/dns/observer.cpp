#include "dns/observer.h"

#include <fmt/core.h>

#include <utility>

#include "base/text.h"

namespace sidecert::dns {
namespace {

constexpr std::size_t kNamesInALine = 3;

void noteFailure(Observer& observer, Duration now, std::string problem) {
  if (observer.failures++ == 0) observer.failing_since = now;
  observer.problem = std::move(problem);
}

// @returns why this is not an authoritative answer; nothing when it is one.
std::optional<std::string> whyUseless(Observer& observer, const Result<Response>& answer) {
  observer.silent = !answer;
  observer.intercepted = false;
  if (!answer) return "gives no answer: " + answer.error().what;
  if (answer->code != ResponseCode::NoError && answer->code != ResponseCode::NxDomain)
    return "answers " + toString(answer->code);
  if (answer->authoritative || !observer.https.empty()) return std::nullopt;
  observer.intercepted = answer->recursive;
  return "does not answer for this zone with authority";
}

void takeValues(Observer& observer, const std::string& name, const Response& answer) {
  auto& values = observer.missing[name];
  for (const Record& record : answer.answers) {
    if (record.type != RecordType::Txt) continue;
    values.erase(record.data);
    observer.ttl = std::max(observer.ttl, std::chrono::seconds(record.ttl));
  }
  if (values.empty()) observer.missing.erase(name);
}

}  // namespace

std::string Observer::state() const {
  if (satisfied()) return "shows everything";
  if (failures > 0) return problem;
  std::vector<std::string> names;
  for (const auto& [name_missing, values] : missing) {
    if (names.size() == kNamesInALine) {
      names.push_back(fmt::format("{} more", missing.size() - kNamesInALine));
      break;
    }
    names.push_back(values.size() == 1 ? name_missing : fmt::format("{} ({} values)", name_missing, values.size()));
  }
  return "does not show " + join(names, ", ") + " yet" + stranger;
}

bool takeAll(Errand& errand, Duration now) {
  Observer& observer = *errand.observer;
  observer.asked = true;
  bool useful = false;
  std::optional<std::string> problem;
  for (std::size_t i = 0; i < errand.names.size(); ++i) {
    if (auto why = whyUseless(observer, errand.answers[i])) {
      if (!problem) problem = std::move(why);
      continue;
    }
    useful = true;
    takeValues(observer, errand.names[i], *errand.answers[i]);
  }
  // One answer that got lost is no failure of a server that gives the others.
  if (useful) {
    observer.failures = 0;
  } else if (problem) {
    noteFailure(observer, now, std::move(*problem));
  }
  return std::ranges::none_of(errand.names, [&](const std::string& name) { return observer.missing.contains(name); });
}

}  // namespace sidecert::dns
