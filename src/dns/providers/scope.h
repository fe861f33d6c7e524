// Named values for templates.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "dns/providers/value.h"

namespace sidecert::dns::providers {

/// A scope sees the values of the scope around it, which must outlive it.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}
  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  /// Null when absent.
  [[nodiscard]] const Value* find(std::string_view name) const {
    for (const Scope* scope = this; scope; scope = scope->outer_) {
      if (const auto found = scope->values_.find(name); found != scope->values_.end()) {
        return found->second.isNull() ? nullptr : &found->second;
      }
    }
    return nullptr;
  }

 private:
  const Scope* outer_;
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace sidecert::dns::providers
