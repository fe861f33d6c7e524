// The JSON that strangers send.
#include "base/json.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  constexpr JsonLimits kTight{.octets = 1U << 16U, .depth = 16, .nodes = 500, .members = 30};
  const std::string_view text = fuzz::textOf(data, size);
  const auto tree = parseJson(text, kTight);
  const auto ordered = parseJson<nlohmann::ordered_json>(text, kTight);
  fuzz::promise(tree.has_value() == ordered.has_value());
  if (!tree) return 0;
  const auto again = parseJson(tree->dump(), {});
  fuzz::promise(again.has_value() && *again == *tree);
  fuzz::promise(nlohmann::json::parse(ordered->dump()) == *tree);
  return 0;
}
