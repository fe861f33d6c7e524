// An order (RFC 8555 section 7.1.3).
#include "acme/resources.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const auto order = acme::parseOrder(text);
  if (!order) return 0;
  fuzz::promise(order->status == acme::Status::Invalid || !order->names.empty());
  fuzz::promise(order->status != acme::Status::Valid || !order->certificate.empty());
  if (order->error) static_cast<void>(acme::toError(*order->error, std::nullopt));
  return 0;
}
