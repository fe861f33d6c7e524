#include "app/report/fact_lines.h"

#include <fmt/format.h>

#include <algorithm>

namespace sidecert::app {
namespace {

notify::Severity severityOf(Severity severity) {
  switch (severity) {
    case Severity::News:
    case Severity::Note: return notify::Severity::Good;
    case Severity::Warning: return notify::Severity::Warning;
    case Severity::Alarm: return notify::Severity::Alarm;
  }
  return notify::Severity::Alarm;
}

std::string eventOf(const Fact& fact) {
  if (fact.kind == FactKind::Expiring && fact.value == "passed") return "expired";
  const std::string event(wordsOf(fact.kind).event);
  return event == "failing" && fact.needsOwner() ? "action-needed" : event;
}

void say(const Log& log, const Fact& fact, std::string_view before) {
  const std::string next = fact.next_try ? fmt::format("; next try at {}", toWords(*fact.next_try)) : "";
  const std::string line = fmt::format("{}{}{}", before, lineOf(fact), next);
  switch (fact.severity) {
    case Severity::News:
    case Severity::Note: return log.info("{}", line);
    case Severity::Warning: return log.warning("{}", line);
    case Severity::Alarm: return log.error("{}", line);
  }
}

}  // namespace

std::string lineOf(const Fact& fact) {
  std::string line = fact.title();
  if (!fact.what.empty()) line += ": " + fact.what;
  if (!fact.mend.empty()) line += fmt::format(" ({})", fact.mend);
  return line;
}

notify::Message messageOf(const Fact& fact, TimePoint now) {
  std::string text;
  if (!fact.what.empty()) text = fact.what + ".";
  if (!fact.mend.empty()) text += "\nTo mend it: " + fact.mend + ".";
  if (fact.next_try) text += "\nNext try: " + toWords(*fact.next_try) + ".";
  return {.event = eventOf(fact),
          .severity = severityOf(fact.severity),
          .title = fact.title(),
          .text = std::move(text),
          .certificate = fact.certificate,
          .nas = fact.nas,
          .time = fact.since.value_or(now)};
}

state::Json jsonOf(const Fact& fact) {
  const auto time = [](const std::optional<TimePoint>& at) { return at ? state::Json(toIso(*at)) : state::Json(); };
  return {{"key", fact.key()},
          {"severity", std::string(toString(fact.severity))},
          {"certificate", fact.certificate},
          {"nas", fact.nas},
          {"title", fact.title()},
          {"what", fact.what},
          {"mend", fact.mend},
          {"since", time(fact.since)},
          {"nextTry", time(fact.next_try)}};
}

std::string overOf(const std::string& key, const std::string& subject) {
  const std::string first = key.substr(0, key.find('/'));
  for (std::size_t i = 0; i < kFactKinds; ++i) {
    const FactWords& words = wordsOf(static_cast<FactKind>(i));
    if (words.key == first && !words.over.empty())
      return subject.empty() ? std::string(words.over) : fmt::format("{}: {}", subject, words.over);
  }
  return {};
}

void sayInLog(const Log& log, const std::vector<Fact>& facts, const SaidFacts& said) {
  for (const Fact& fact : facts) {
    const auto before = said.find(fact.key());
    if (before == said.end() || before->second.value != fact.value) {
      say(log, fact, "");
    } else if (fact.severity >= Severity::Warning) {
      say(log, fact, "still: ");
    }
  }
  for (const auto& [key, fact] : said) {
    if (std::ranges::contains(facts, key, &Fact::key)) continue;
    if (const std::string over = overOf(key, fact.subject); !over.empty()) log.info("{}", over);
  }
}

}  // namespace sidecert::app
