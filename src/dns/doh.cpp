#include "dns/doh.h"

#include <fmt/core.h>

#include <utility>

#include "base/text.h"
#include "dns/dns_message.h"

namespace sidecert::dns {
namespace {

constexpr char kMediaType[] = "application/dns-message";

}  // namespace

Result<Response> askOverHttps(HttpTransport& http, const std::string& url, const std::string& name, RecordType type,
                              const Effort& effort) {
  const Question question{.name = name, .type = type, .recursion = Recursion::Desired};
  auto query = encodeQuery(0, question, true);
  if (!query) return std::unexpected(query.error());
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", kMediaType}, {"Accept", kMediaType}};
  request.body = std::move(*query);
  request.total_limit = std::min(request.total_limit, effort.left());
  request.connect_limit = std::min(request.connect_limit, effort.left());
  request.body_limit = kLongestMessage;
  const auto response = http.send(request, effort);
  if (!response) return within(fmt::format("DNS over HTTPS at {}", url), response.error());
  if (response->status != 200) {
    return fail(ErrorCode::BadAnswer, fmt::format("DNS over HTTPS at {}: status {}", url, response->status));
  }
  if (!equalsIgnoringCase(response->headers.first("Content-Type").value_or(""), kMediaType)) {
    return fail(ErrorCode::BadAnswer, fmt::format("DNS over HTTPS at {}: the answer is no DNS message", url));
  }
  auto decoded = decodeResponse(response->body, 0, question);
  if (!decoded) return within(fmt::format("DNS over HTTPS at {}", url), decoded.error());
  return std::move(decoded->answer);
}

}  // namespace sidecert::dns
