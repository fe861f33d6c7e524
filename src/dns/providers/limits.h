// How much of a stranger's answer becomes a Value, counted while it is read.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace sidecert::dns::providers {

/// Why a text became no Value.
struct Unreadable {
  std::string why;        // "not XML"; "more than 64 levels inside each other"
  bool too_much = false;  // a limit is exceeded: to ask again would not help
  std::size_t line = 0;   // where JSON is none, from 1; 0: not known
};

struct Limits {
  std::size_t depth = 64;          // lists and objects inside each other
  std::size_t nodes = 250'000;     // values in all; a zone of ten thousand records has half of that
  std::size_t members = 50'000;    // of one object or attributes of one element
  std::size_t octets = 8U << 20U;  // of names and texts
};

/// What is left of the limits. The first one exceeded is remembered.
class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits) {}

  /// Each says whether reading may go on.
  [[nodiscard]] bool enter() { return ++depth_ <= limits_.depth || exceed("levels inside each other", limits_.depth); }
  void leave() { --depth_; }
  [[nodiscard]] bool nodes(std::size_t count) {
    return (nodes_ += count) <= limits_.nodes || exceed("values", limits_.nodes);
  }
  [[nodiscard]] bool node() { return nodes(1); }
  [[nodiscard]] bool members(std::size_t count) {
    return count <= limits_.members || exceed("members in one object", limits_.members);
  }
  [[nodiscard]] bool octets(std::size_t count) {
    return (octets_ += count) <= limits_.octets || exceed("octets of text", limits_.octets);
  }

  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] bool exceeded() const { return !problem_.empty(); }
  [[nodiscard]] std::unexpected<Unreadable> error() const { return std::unexpected(Unreadable{problem_, true, 0}); }

 private:
  bool exceed(const char* what, std::size_t limit) {
    if (problem_.empty()) problem_ = "more than " + std::to_string(limit) + " " + what;
    return false;
  }

  Limits limits_;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
  std::size_t octets_ = 0;
  std::string problem_;
};

}  // namespace sidecert::dns::providers
