// Answers in JSON: read into a tree that prints as JSON and reads as the same tree again, or refused with a reason.
#include "dns/providers/json.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const auto tree = dns::providers::parseJson(fuzz::textOf(data, size));
  if (!tree) {
    fuzz::promise(tree.error().too_much || tree.error().line > 0);
    return 0;
  }
  const std::string printed = dump(*tree);
  const auto again = dns::providers::parseJson(printed);
  // What is printed may be longer than what was read: escapes.
  fuzz::promise(again ? dump(*again) == printed : again.error().too_much);
  return 0;
}
