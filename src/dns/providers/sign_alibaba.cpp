#include <fmt/chrono.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism (signature version 1.0)
class AlibabaRpc final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const auto mark = request.url.find('?');
    auto pairs = splitList(mark == std::string::npos ? "" : request.url.substr(mark + 1), "&");
    pairs.push_back("AccessKeyId=" + percentEncode(context.with.at("id")));
    pairs.emplace_back("SignatureMethod=HMAC-SHA1");
    pairs.push_back("SignatureNonce=" + percentEncode(context.nonce));
    pairs.emplace_back("SignatureVersion=1.0");
    pairs.push_back("Timestamp=" + percentEncode(fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds))));
    // By name; no name is the beginning of another one here, so whole pairs sort the same.
    std::ranges::sort(pairs);
    const std::string query = join(pairs, "&");
    const std::string to_sign = request.method + "&%2F&" + percentEncode(query);
    const std::string signature = base64(crypto::hmac(crypto::Hash::Sha1, context.with.at("key") + "&", to_sign));
    request.url = request.url.substr(0, mark) + "?" + query + "&Signature=" + percentEncode(signature);
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeAlibabaRpc() {
  return std::make_unique<AlibabaRpc>();
}

}  // namespace sidecert::dns::providers
