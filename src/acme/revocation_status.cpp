#include "acme/revocation_status.h"

#include <fmt/format.h>

#include "acme/directory.h"
#include "crypto/revocation_list.h"

namespace sidecert::acme {
namespace {

constexpr std::size_t kLargestList = 32U << 20U;  // octets; Let's Encrypt's parts of a list have some hundred thousand

}  // namespace

Result<std::optional<TimePoint>> fetchRevocation(const std::vector<crypto::Certificate>& chain, const Ports& ports) {
  if (chain.size() < 2) return std::optional<TimePoint>();
  Result<std::optional<TimePoint>> last = std::optional<TimePoint>();
  for (const std::string& url : crypto::revocationListsOf(chain.front())) {
    HttpRequest request = requestTo("GET", url);
    request.body_limit = kLargestList;
    const auto answer = ports.http.send(request, ports.effort());
    if (!answer) {
      last = within("asking for the revocation list", answer.error());
    } else if (answer->status != 200) {
      last = fail(ErrorCode::BadAnswer, fmt::format("asking for the revocation list: GET {}: {}", url, answer->status));
    } else {
      last = crypto::revokedAt(answer->body, chain[0], chain[1]);
    }
    if (last) return last;
  }
  return last;
}

}  // namespace sidecert::acme
