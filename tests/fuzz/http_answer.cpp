// An HTTP answer as it comes from a connection, in pieces of a length that the first octet says; the second says whether it
// answers a HEAD.
#include "base/http/http_wire.h"

#include <algorithm>

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  if (size < 2) return 0;
  constexpr std::size_t kBodyLimit = 4096;
  const std::size_t piece = data[0] + std::size_t{1};
  const bool head = data[1] % 2 == 1;
  std::string_view text = fuzz::textOf(data + 2, size - 2);
  const OctetSource source = [&](std::span<char> buffer) -> Result<std::size_t> {
    const auto count = std::min({piece, buffer.size(), text.size()});
    std::ranges::copy(text.substr(0, count), buffer.begin());
    text.remove_prefix(count);
    return count;
  };
  const auto answer = readAnswer(source, head ? "HEAD" : "GET", kBodyLimit);
  if (!answer) {
    fuzz::promise(answer.error().code == ErrorCode::BadAnswer || answer.error().code == ErrorCode::AnswerLost);
    return 0;
  }
  fuzz::promise(answer->response.status >= 200 && answer->response.status <= 999);
  fuzz::promise(answer->response.body.size() <= kBodyLimit && (!head || answer->response.body.empty()));
  for (const auto& [name, value] : answer->response.headers.fields()) {
    fuzz::promise(!name.empty() && !value.contains('\n') && !value.contains('\r'));
  }
  return 0;
}
