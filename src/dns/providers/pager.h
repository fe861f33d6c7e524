// Page after page of a list: what the next question needs, and when there is none. Pure: it sees answers and asks nothing.
#pragma once

#include <optional>
#include <string>

#include "dns/providers/answer.h"
#include "dns/providers/definition.h"
#include "dns/providers/scope.h"

namespace sidecert::dns::providers {

class Pager {
 public:
  /// @param pages  must outlive the pager; null: there is one page.
  explicit Pager(const Pages* pages) : pages_(pages), number_(pages ? pages->page.value_or(0) : 0) {}

  /// Sets {page}, {size}, {offset} and {cursor} of the next question.
  void describe(Scope&) const;
  /// The next page's URL, where the last answer gave it.
  [[nodiscard]] const std::optional<std::string>& url() const { return url_; }
  /// Takes note of a page. @param items  how many it had. @returns whether there is another.
  [[nodiscard]] bool advance(const Answer&, std::size_t items);

 private:
  [[nodiscard]] bool follow(std::optional<std::string>& last, std::string next);
  [[nodiscard]] bool countOn(const Answer&, std::size_t items);

  const Pages* pages_;
  std::int64_t number_;
  std::size_t seen_ = 0;
  int count_ = 0;
  std::optional<std::string> url_, cursor_;
};

}  // namespace sidecert::dns::providers
