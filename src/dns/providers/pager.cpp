#include "dns/providers/pager.h"

#include <utility>

#include "base/http/links.h"
#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

std::string linkToNext(const HttpResponse& response) {
  auto targets = linkTargets(response.headers.all("Link"), "next");
  return targets.empty() ? std::string() : std::move(targets.front());
}

// A number, also where the API sends it as a text.
std::optional<std::uint64_t> countAt(const Value& tree, const std::optional<ValuePath>& path) {
  return path ? parseNumber(trim(toText(valueAt(tree, *path)))) : std::nullopt;
}

}  // namespace

void Pager::describe(Scope& scope) const {
  if (!pages_) return;
  if (pages_->page) scope.set("page", number_);
  scope.set("size", pages_->size);
  if (pages_->offset) scope.set("offset", static_cast<std::size_t>(*pages_->offset) + seen_);
  if (cursor_) scope.set("cursor", *cursor_);
}

bool Pager::follow(std::optional<std::string>& last, std::string next) {
  if (next.empty() || next == last) return false;
  last = std::move(next);
  return true;
}

bool Pager::advance(const Answer& answer, std::size_t items) {
  if (!pages_) return false;
  seen_ += items;
  ++count_;
  if (pages_->link || pages_->next) {
    std::string next = pages_->link ? linkToNext(answer.response) : "";
    if (next.empty() && pages_->next) next = toText(valueAt(answer.tree, *pages_->next));
    return follow(url_, std::move(next));
  }
  if (pages_->cursor) return follow(cursor_, toText(valueAt(answer.tree, *pages_->cursor)));
  return countOn(answer, items);
}

bool Pager::countOn(const Answer& answer, std::size_t items) {
  if (items == 0) return false;
  if (const auto total = countAt(answer.tree, pages_->total); total && seen_ >= *total) return false;
  if (const auto pages = countAt(answer.tree, pages_->pages); pages && static_cast<std::uint64_t>(count_) >= *pages)
    return false;
  if (pages_->more) {
    const std::string more = toText(valueAt(answer.tree, *pages_->more));
    if (more.empty() || more == "false") return false;
  }
  const bool told = pages_->total || pages_->pages || pages_->more;
  if (!told && items < static_cast<std::size_t>(pages_->size)) return false;
  ++number_;
  return true;
}

}  // namespace sidecert::dns::providers
