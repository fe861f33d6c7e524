#include "base/secret.h"

#include <cstring>
#include <utility>

namespace sidecert {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

void Secret::wipe() noexcept {
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace sidecert
