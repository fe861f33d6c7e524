#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::int64_t kLifeOfRequest = 600;  // seconds

// https://openapi-v2.exoscale.com/#section/Authentication: method and path, body, the values of the query, header fields
// (none) and the moment at which the request expires, a line each.
class Exoscale final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto mark = url->target.find('?');
    auto pairs = splitList(mark == std::string::npos ? "" : url->target.substr(mark + 1), "&");
    std::ranges::sort(pairs);
    std::vector<std::string> names;
    std::string values;
    for (const std::string& pair : pairs) {
      const auto equals = pair.find('=');
      names.push_back(pair.substr(0, equals));
      if (equals != std::string::npos) values += percentDecode(pair.substr(equals + 1)).value_or("");
    }
    const std::string expires = std::to_string(context.now.time_since_epoch().count() / 1000 + kLifeOfRequest);
    const std::string text =
        request.method + " " + url->target.substr(0, mark) + "\n" + request.body + "\n" + values + "\n\n" + expires;
    request.headers.set("Authorization",
                        "EXO2-HMAC-SHA256 credential=" + context.with.at("key") +
                            (names.empty() ? "" : ",signed-query-args=" + join(names, ";")) + ",expires=" + expires +
                            ",signature=" + base64(crypto::hmac(crypto::Hash::Sha256, context.with.at("secret"), text)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeExoscale() {
  return std::make_unique<Exoscale>();
}

}  // namespace sidecert::dns::providers
