// A problem document (RFC 8555 section 6.7), or whatever stands in its place.
#include "acme/problem.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const acme::Problem problem = acme::readProblem(400, text);
  fuzz::promise(!problem.words().empty());
  const Error error = acme::toError(problem, std::nullopt);
  fuzz::promise(error.code != ErrorCode::Internal);
  fuzz::promise(!describe(error).empty());
  return 0;
}
