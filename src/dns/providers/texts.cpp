#include "dns/providers/texts.h"

#include <algorithm>

#include "dns/providers/json.h"
#include "dns/providers/transform.h"

namespace sidecert::dns::providers {

void Texts::add(const Value& value) {
  if (value.isText() && (value.text().starts_with('{') || value.text().starts_with('['))) {
    if (const auto inner = parseJson(value.text()); inner && inner->isStructured()) add(*inner);
  }
  if (!value.isStructured()) {
    ++count_[unquoteTxt(toText(value))];
    return;
  }
  for (const auto& [name, member] : value.members()) add(member);
  for (const Value& one : value.items()) add(one);
  if (value.items().size() > 1 && std::ranges::all_of(value.items(), &Value::isText)) {
    std::string joined;
    for (const Value& piece : value.items()) joined += unquoteTxt(piece.text());
    ++count_[joined];
  }
}

std::optional<std::string> Texts::firstBeyond(const Texts& other) const {
  for (const auto& [text, count] : count_) {
    const auto found = other.count_.find(text);
    if (found == other.count_.end() || found->second < count) return text;
  }
  return std::nullopt;
}

}  // namespace sidecert::dns::providers
