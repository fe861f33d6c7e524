// A value that must never be printed: passwords, tokens, private keys. It has no formatter, no operator<< and no JSON
// conversion, so logging one does not compile; `reveal()` is the one way out and easy to search for.
#pragma once

#include <fmt/core.h>

#include <ostream>
#include <string>
#include <string_view>

namespace sidecert {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return value_.size(); }
  bool operator==(const Secret&) const = default;

 private:
  void wipe() noexcept;
  std::string value_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace sidecert

template <>
struct fmt::formatter<sidecert::Secret> {
  formatter() = delete;
};
