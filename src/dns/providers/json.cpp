#include "dns/providers/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sidecert::dns::providers {
namespace {

using Nlohmann = nlohmann::ordered_json;

// Makes a Value of what the parser meets. Returning false ends the parsing.
class Builder final : public nlohmann::json_sax<Nlohmann> {
 public:
  explicit Builder(const Limits& limits) : budget_(limits) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string& /*spelling*/) override { return add(value); }
  bool string(std::string& value) override { return budget_.octets(value.size()) && add(std::move(value)); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(true); }
  bool start_array(std::size_t /*size*/) override { return open(false); }
  bool key(std::string& name) override {
    if (!budget_.octets(name.size()) || !budget_.members(open_.back().members.size() + 1)) return false;
    open_.back().name = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& e) override {
    position_ = position;
    why_ = e.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …": the line is said otherwise.
    if (const auto start = why_.find("syntax error"); start != std::string::npos) {
      why_ = why_.substr(start);
    } else if (const auto end = why_.find("] "); end != std::string::npos) {
      why_ = why_.substr(end + 2);
    }
    return false;
  }

  [[nodiscard]] const Budget& budget() const { return budget_; }
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] Value take() { return std::move(root_); }

 private:
  struct Open {
    bool is_object;
    std::string name;  // of the member that comes next
    ValueList items;
    Object members;
  };

  bool open(bool is_object) {
    if (!budget_.enter() || !budget_.node()) return false;
    open_.push_back({is_object, {}, {}, {}});
    return true;
  }
  bool close() {
    budget_.leave();
    Open done = std::move(open_.back());
    open_.pop_back();
    put(done.is_object ? Value(std::move(done.members)) : Value(std::move(done.items)));
    return true;
  }
  bool add(Value value) {
    if (!budget_.node()) return false;
    put(std::move(value));
    return true;
  }
  void put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object) {
      open_.back().members.set(std::move(open_.back().name), std::move(value));
    } else {
      open_.back().items.push_back(std::move(value));
    }
  }

  Budget budget_;
  std::vector<Open> open_;
  Value root_;
  std::size_t position_ = 0;
  std::string why_;
};

}  // namespace

std::expected<Value, Unreadable> parseJson(std::string_view text, const Limits& limits) {
  Builder builder(limits);
  if (Nlohmann::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
  if (builder.budget().exceeded()) return builder.budget().error();
  const auto lines = std::ranges::count(text.substr(0, builder.position()), '\n');
  return std::unexpected(Unreadable{"not JSON: " + builder.why(), false, static_cast<std::size_t>(lines) + 1});
}

}  // namespace sidecert::dns::providers
