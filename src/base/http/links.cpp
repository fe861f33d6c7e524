#include "base/http/links.h"

#include "base/http/http.h"
#include "base/text.h"

namespace sidecert {
namespace {

// Walks over one field value. Quoted strings may hold commas, semicolons and escaped characters.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }

  void skipBlanks() {
    while (!done() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool take(char wanted) {
    skipBlanks();
    if (done() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  std::string_view until(std::string_view stops) {
    const std::size_t start = at_;
    at_ = std::min(text_.find_first_of(stops, at_), text_.size());
    return text_.substr(start, at_ - start);
  }

  std::string value() {
    if (!take('"')) return std::string(trim(until(",;")));
    std::string value;
    while (!done() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_++];
    }
    take('"');
    return value;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

void readField(std::string_view field, std::string_view relation, std::vector<std::string>& targets) {
  FieldReader reader(field);
  while (!reader.done()) {
    if (reader.take(',')) continue;
    if (!reader.take('<')) return;
    const std::string target(trim(reader.until(">")));
    if (!reader.take('>')) return;
    bool related = false;
    bool first_rel = true;
    while (reader.take(';')) {
      reader.skipBlanks();
      const std::string_view name = trim(reader.until("=,;"));
      const std::string value = reader.take('=') ? reader.value() : std::string();
      if (!equalsIgnoringCase(name, "rel") || !first_rel) continue;
      first_rel = false;  // only the first rel of a link counts (RFC 8288 section 3.3)
      for (const std::string& one : splitList(value, " \t")) related = related || equalsIgnoringCase(one, relation);
    }
    if (related && !target.empty()) targets.push_back(target);
  }
}

}  // namespace

std::vector<std::string> linkTargets(const std::vector<std::string>& fields, std::string_view relation) {
  std::vector<std::string> targets;
  for (const std::string& field : fields) readField(field, relation, targets);
  return targets;
}

bool isHttps(std::string_view url) {
  const auto parsed = parseUrl(url);
  return parsed && parsed->scheme == "https";
}

std::optional<std::string> resolveReference(std::string_view base, std::string_view reference) {
  const auto from = parseUrl(base);
  if (!from) return std::nullopt;
  std::string absolute(reference);
  if (reference.starts_with("//")) {
    absolute = from->scheme + ":" + absolute;
  } else if (reference.starts_with('/')) {
    absolute = from->origin() + absolute;
  }
  const auto to = parseUrl(absolute);
  if (!to || (from->scheme == "https" && to->scheme != "https")) return std::nullopt;
  return absolute;
}

}  // namespace sidecert
