// The texts in rendered bodies, counted: what a request holds, in whatever quotes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "dns/providers/value.h"

namespace sidecert::dns::providers {

class Texts {
 public:
  /// Every scalar in it; a list of texts also as the one text they make, and JSON in a text as what it stands for.
  void add(const Value&);
  /// A text there are more of here than in the other.
  [[nodiscard]] std::optional<std::string> firstBeyond(const Texts& other) const;

 private:
  std::map<std::string, int> count_;  // without quotes
};

}  // namespace sidecert::dns::providers
