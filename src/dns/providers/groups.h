// The children of an XML or HTML element, gathered under their names in the order in which the names first came.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dns/providers/value.h"

namespace sidecert::dns::providers {

class Groups {
 public:
  void add(std::string_view name, Value value) {
    const auto [place, is_new] = position_.try_emplace(std::string(name), groups_.size());
    if (is_new) groups_.emplace_back(place->first, ValueList{});
    groups_[place->second].second.push_back(std::move(value));
  }
  [[nodiscard]] std::vector<std::pair<std::string, ValueList>>& all() { return groups_; }

 private:
  std::unordered_map<std::string, std::size_t> position_;
  std::vector<std::pair<std::string, ValueList>> groups_;
};

}  // namespace sidecert::dns::providers
