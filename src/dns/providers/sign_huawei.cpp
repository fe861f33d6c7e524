#include <fmt/chrono.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
class HuaweiSdk final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string stamp = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(seconds));
    request.headers.set("X-Sdk-Date", stamp);
    std::string headers;
    std::string names;
    if (const auto type = request.headers.first("Content-Type")) {
      headers = "content-type:" + *type + "\n";
      names = "content-type;";
    }
    headers += "host:" + url->host + "\nx-sdk-date:" + stamp + "\n";
    names += "host;x-sdk-date";
    const auto mark = url->target.find('?');
    std::string path = url->target.substr(0, mark);
    if (!path.ends_with('/')) path += '/';
    auto query = splitList(mark == std::string::npos ? "" : url->target.substr(mark + 1), "&");
    std::ranges::sort(query);
    const std::string canonical = request.method + "\n" + path + "\n" + join(query, "&") + "\n" + headers + "\n" + names +
                                  "\n" + hex(crypto::sha256(request.body));
    const std::string to_sign = "SDK-HMAC-SHA256\n" + stamp + "\n" + hex(crypto::sha256(canonical));
    request.headers.set("Authorization",
                        "SDK-HMAC-SHA256 Access=" + context.with.at("key") + ", SignedHeaders=" + names +
                            ", Signature=" + hex(crypto::hmac(crypto::Hash::Sha256, context.with.at("secret"), to_sign)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeHuaweiSdk() {
  return std::make_unique<HuaweiSdk>();
}

}  // namespace sidecert::dns::providers
