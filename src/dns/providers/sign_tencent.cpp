#include <fmt/chrono.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

using crypto::Hash;
using crypto::hmac;

// https://www.tencentcloud.com/document/api/1227/61798 (Signature v3)
class TencentTc3 final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto& with = context.with;
    const std::int64_t seconds = context.now.time_since_epoch().count() / 1000;
    const std::string day = fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
    request.headers.set("X-TC-Timestamp", std::to_string(seconds));
    std::string headers =
        "content-type:" + request.headers.first("Content-Type").value_or("") + "\nhost:" + url->host + "\n";
    std::string names = "content-type;host";
    if (const auto action = request.headers.first("X-TC-Action")) {
      headers += "x-tc-action:" + lower(*action) + "\n";
      names += ";x-tc-action";
    }
    const std::string canonical =
        request.method + "\n/\n\n" + headers + "\n" + names + "\n" + hex(crypto::sha256(request.body));
    const std::string scope = day + "/" + with.at("service") + "/tc3_request";
    const std::string to_sign =
        "TC3-HMAC-SHA256\n" + std::to_string(seconds) + "\n" + scope + "\n" + hex(crypto::sha256(canonical));
    std::string key = hmac(Hash::Sha256, "TC3" + with.at("key"), day);
    key = hmac(Hash::Sha256, hmac(Hash::Sha256, key, with.at("service")), "tc3_request");
    request.headers.set("Authorization", "TC3-HMAC-SHA256 Credential=" + with.at("id") + "/" + scope + ", SignedHeaders=" +
                                             names + ", Signature=" + hex(hmac(Hash::Sha256, key, to_sign)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeTencentTc3() {
  return std::make_unique<TencentTc3>();
}

}  // namespace sidecert::dns::providers
