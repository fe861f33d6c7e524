#include <fmt/chrono.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://cloud.baidu.com/doc/Reference/s/njwvz1yfu: the key of the second hash is the first one's hex text.
class BaiduBce final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    using crypto::Hash;
    using crypto::hmac;
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string stamp = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
    const auto expires = context.with.find("expires");
    const std::string prefix = "bce-auth-v1/" + context.with.at("id") + "/" + stamp + "/" +
                               (expires == context.with.end() || expires->second.empty() ? "1800" : expires->second);
    const auto mark = url->target.find('?');
    auto query = splitList(mark == std::string::npos ? "" : url->target.substr(mark + 1), "&");
    for (auto& pair : query) {
      if (pair.find('=') == std::string::npos) pair += '=';
    }
    std::ranges::sort(query);
    const std::string host = url->origin().substr(url->scheme.size() + 3);
    const std::string canonical = request.method + "\n" + url->target.substr(0, mark) + "\n" + join(query, "&") +
                                  "\nhost:" + percentEncode(host) + "\nx-bce-date:" + percentEncode(stamp);
    const std::string key = hex(hmac(Hash::Sha256, context.with.at("key"), prefix));
    request.headers.set("x-bce-date", stamp);
    request.headers.set("Authorization", prefix + "/host;x-bce-date/" + hex(hmac(Hash::Sha256, key, canonical)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeBaiduBce() {
  return std::make_unique<BaiduBce>();
}

}  // namespace sidecert::dns::providers
