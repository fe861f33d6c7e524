// Keeps secrets out of what is shown. One pass over the text for each secret.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace sidecert::dns::providers {

class Redactor {
 public:
  /// Shorter ones are no secrets: they would be found everywhere.
  void add(const std::string& secret);
  /// The text with *** in place of each secret, also where it is percent-encoded.
  [[nodiscard]] std::string apply(std::string_view text) const;

 private:
  struct LongestFirst {
    bool operator()(const std::string& a, const std::string& b) const {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    }
  };
  std::set<std::string, LongestFirst> secrets_;
};

}  // namespace sidecert::dns::providers
