#include "app/report/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/report/fact_lines.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "notify/address.h"
#include "state/document.h"

namespace sidecert::app {
namespace {

using notify::Message;
using state::Json;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<minutes, 3> kPauses{minutes(10), hours(1), hours(6)};
constexpr Duration kLongestPause = hours(24);
constexpr Duration kKept = std::chrono::days(14);  // older news is no news
constexpr std::size_t kMostKept = 50;
constexpr Duration kOldNews = hours(24);

constexpr const char* kNotifyKey = "notify";

std::string digestOf(const Secret& url) {
  return hex(crypto::sha256(url.reveal())).substr(0, 16);
}

bool isAboutSettings(const std::string& key) {
  return key == "settings";
}

/// What a fact is about: its key without the kind in front.
std::string subjectOf(const std::string& key) {
  const std::size_t slash = key.find('/');
  return slash == std::string::npos ? std::string() : key.substr(slash + 1);
}

/// Good news stays told though it is not so for a while; a change of its value is other news.
bool isNews(const std::string& key) {
  const std::string first = key.substr(0, key.find('/'));
  return std::ranges::any_of(std::array{FactKind::Deployed, FactKind::Issued},
                             [&](FactKind kind) { return wordsOf(kind).key == first; });
}

Json toJson(const Message& message) {
  return {{"event", message.event},     {"severity", notify::toString(message.severity)},
          {"title", message.title},     {"text", message.text},
          {"nas", message.nas},         {"certificate", message.certificate},
          {"time", toIso(message.time)}};
}

Message messageFrom(const Json& object, TimePoint now) {
  const std::string severity = state::text(object, "severity");
  return {.event = state::text(object, "event"),
          .severity = severity == "good"      ? notify::Severity::Good
                      : severity == "warning" ? notify::Severity::Warning
                                              : notify::Severity::Alarm,
          .title = state::text(object, "title"),
          .text = state::text(object, "text"),
          .certificate = state::text(object, "certificate"),
          .nas = state::text(object, "nas"),
          .time = state::time(object, "time").value_or(now)};
}

std::map<std::string, std::string> textsOf(const Json& object) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) texts[key] = value.get<std::string>();
  }
  return texts;
}

}  // namespace

std::optional<TimePoint> Outbox::tell(const std::vector<Fact>& facts, About about) {
  if (auto loaded = load(); !loaded) {
    ports_.log.warning("what was said before cannot be read, so nothing is sent: {}", describe(loaded.error()));
    return std::nullopt;
  }
  compare(facts, about);
  if (auto saved = save(); !saved) {
    ports_.log.warning("no message is sent, because it could not be noted: {}", describe(saved.error()));
    return std::nullopt;
  }
  if (waiting_.empty() || (next_ && *next_ > ports_.clock.now())) return waiting_.empty() ? std::nullopt : next_;
  sendAll();
  if (auto saved = save(); !saved)
    ports_.log.warning("what was sent could not be noted and may be sent again: {}", describe(saved.error()));
  return waiting_.empty() ? std::nullopt : next_;
}

Result<> Outbox::load() {
  auto document = state::read(*memory_.store, kNotifyKey);
  if (!document) return std::unexpected(document.error());
  if (!*document) return {};
  const Json& object = **document;
  const Json said = state::object(object, "said");
  const Json about = state::object(object, "about");
  const Json broken = state::object(object, "broken");
  said_ = textsOf(said);
  about_ = textsOf(about);
  broken_ = textsOf(broken);
  failures_ = static_cast<int>(state::number(object, "failures"));
  next_ = state::time(object, "next");
  const Json waiting = state::array(object, "waiting");
  for (const Json& item : waiting)
    waiting_.push_back({.message = messageFrom(item, ports_.clock.now()), .to = state::texts(item, "to")});
  return {};
}

Result<> Outbox::save() {
  Json waiting = Json::array();
  for (const Waiting& item : waiting_) {
    Json object = toJson(item.message);
    object["to"] = item.to;
    waiting.push_back(std::move(object));
  }
  Json document{{"said", said_}, {"about", about_}, {"broken", broken_}, {"failures", failures_}, {"waiting", waiting}};
  if (next_) document["next"] = toIso(*next_);
  // A pass that has nothing to say writes nothing: a NAS lets its disks sleep.
  return state::update(*memory_.store, kNotifyKey, [&](Json& before) { before = document; });
}

void Outbox::compare(const std::vector<Fact>& facts, About about) {
  const TimePoint now = ports_.clock.now();
  std::vector<std::string> good_news;
  for (const Fact& fact : facts) {
    const std::string key = fact.key();
    const auto before = said_.find(key);
    const bool changed = before == said_.end() || before->second != fact.value;
    if (fact.severity == Severity::Note) continue;  // shown, not told
    const notify::Message message = messageOf(fact, now);
    // Whoever sets NOTIFY_URLS later does not want to hear what went well last month.
    const bool old = fact.severity == Severity::News && now - message.time > kOldNews;
    if (changed && !old) queue(message);
    if (changed && !old && fact.severity == Severity::News) good_news.push_back(subjectOf(key));
    said_[key] = fact.value;
    about_[key] = fact.subject;
  }
  for (auto said = said_.begin(); said != said_.end();) {
    const bool ours = about == About::Passes || isAboutSettings(said->first);
    if (!ours || isNews(said->first) || std::ranges::contains(facts, said->first, &Fact::key)) {
      ++said;
      continue;
    }
    tellOver(said->first, good_news);
    about_.erase(said->first);
    said = said_.erase(said);
  }
}

void Outbox::tellOver(const std::string& key, const std::vector<std::string>& good_news) {
  const auto subject = about_.find(key);
  const std::string title = overOf(key, subject == about_.end() ? std::string() : subject->second);
  // "It has the new certificate" says already that it works again.
  const bool told = std::ranges::any_of(
      good_news, [&](const std::string& good) { return key.contains('/') && good.starts_with(subjectOf(key)); });
  if (title.empty() || told) return;
  queue({.event = "recovered",
         .severity = notify::Severity::Good,
         .title = title,
         .text = "Nothing is to be done.",
         .certificate = {},
         .nas = {},
         .time = ports_.clock.now()});
}

/// Everybody who is told on his own. A single recipient of an address goes by the address's digest.
std::vector<Outbox::Recipient> Outbox::recipients() const {
  std::vector<Recipient> all;
  for (const Secret& url : settings_.notify_urls) {
    const auto address = notify::parseAddress(url.reveal());
    if (!address) continue;
    const auto each = notify::recipientsOf(*address);
    for (const notify::Address& one : each) {
      const std::string digest =
          each.size() == 1 ? digestOf(url) : digestOf(Secret(fmt::format("{} to {}", url.reveal(), one.to.front())));
      all.push_back({.digest = digest, .address = one});
    }
  }
  return all;
}

void Outbox::queue(Message message) {
  Waiting item{.message = std::move(message), .to = {}};
  for (const Recipient& recipient : recipients()) item.to.push_back(recipient.digest);
  waiting_.push_back(std::move(item));
  if (waiting_.size() > kMostKept) waiting_.erase(waiting_.begin());
  next_.reset();  // news does not wait for the pause of older news
}

void Outbox::sendTo(const Recipient& recipient, std::map<std::string, std::string>& broken) {
  for (Waiting& item : waiting_) {
    if (!std::ranges::contains(item.to, recipient.digest)) continue;
    if (ports_.stop.stop_requested()) return;
    const auto sent = sender_.send(recipient.address, item.message, ports_.effort());
    if (!sent) {
      // The same recipient will hardly take the next message.
      broken[recipient.digest] = std::string(toString(sent.error().code));
      if (broken_[recipient.digest] != broken[recipient.digest])
        ports_.log.warning("'{}' could not be sent, it is tried again later: {}", item.message.title,
                           describe(sent.error()));
      return;
    }
    std::erase(item.to, recipient.digest);
    ports_.log.info("told by {}: {}", recipient.address.title, item.message.title);
  }
}

void Outbox::sendAll() {
  std::map<std::string, std::string> broken;
  for (const Recipient& recipient : recipients()) sendTo(recipient, broken);
  broken_ = std::move(broken);
  forgetWhatIsDone();
  failures_ = broken_.empty() ? 0 : failures_ + 1;
  next_.reset();
  if (failures_ > 0) {
    const auto step = static_cast<std::size_t>(failures_) - 1;
    next_ = ports_.clock.now() + (step < kPauses.size() ? Duration(kPauses.at(step)) : kLongestPause);
  }
}

void Outbox::forgetWhatIsDone() {
  const TimePoint now = ports_.clock.now();
  const auto wanted = recipients();
  for (Waiting& item : waiting_)
    std::erase_if(item.to, [&](const std::string& to) { return !std::ranges::contains(wanted, to, &Recipient::digest); });
  std::erase_if(waiting_, [&](const Waiting& item) { return item.to.empty() || now - item.message.time > kKept; });
}

}  // namespace sidecert::app
