#include <fmt/chrono.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://rest.websupport.sk/docs/v1.intro: method, path and moment, as the password of HTTP Basic.
class Websupport final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const std::int64_t seconds = context.now.time_since_epoch().count() / 1000;
    const std::string path = url->target.substr(0, url->target.find('?'));
    const std::string text = request.method + " " + path + " " + std::to_string(seconds);
    const std::string password = hex(crypto::hmac(crypto::Hash::Sha1, context.with.at("secret"), text));
    request.headers.set("Date", fmt::format("{:%Y-%m-%dT%H:%M:%S+0000}", fmt::gmtime(static_cast<std::time_t>(seconds))));
    request.headers.set("Authorization", "Basic " + base64(context.with.at("key") + ":" + password));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeWebsupport() {
  return std::make_unique<Websupport>();
}

}  // namespace sidecert::dns::providers
