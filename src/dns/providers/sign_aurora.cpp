#include <fmt/chrono.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://libcloud.readthedocs.io/en/stable/dns/drivers/auroradns.html: method, path and moment without anything between
// them; the query and the body are not signed.
class AuroraDns final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string stamp = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(seconds));
    const std::string text = request.method + url->target.substr(0, url->target.find('?')) + stamp;
    const std::string signature = base64(crypto::hmac(crypto::Hash::Sha256, context.with.at("secret"), text));
    request.headers.set("X-AuroraDNS-Date", stamp);
    request.headers.set("Authorization", "AuroraDNSv1 " + base64(context.with.at("key") + ":" + signature));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeAuroraDns() {
  return std::make_unique<AuroraDns>();
}

}  // namespace sidecert::dns::providers
