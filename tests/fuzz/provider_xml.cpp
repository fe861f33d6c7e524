// Answers of XML APIs: read into a tree of one root, or refused with a reason.
#include "dns/providers/xml.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const auto text = fuzz::textOf(data, size);
  const auto call = dns::providers::parseXmlRpc(text);
  fuzz::promise(call || !call.error().why.empty());
  const auto tree = dns::providers::parseXml(text);
  fuzz::promise(tree ? tree->members().size() == 1 : !tree.error().why.empty());
  if (tree) static_cast<void>(writeXml(*tree));
  return 0;
}
