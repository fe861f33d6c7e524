#include <fmt/chrono.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://api-docs.dnsmadeeasy.com: the date alone is signed.
class DnsMadeEasy final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string date = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(seconds));
    request.headers.set("x-dnsme-apiKey", context.with.at("key"));
    request.headers.set("x-dnsme-requestDate", date);
    request.headers.set("x-dnsme-hmac", hex(crypto::hmac(crypto::Hash::Sha1, context.with.at("secret"), date)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeDnsMadeEasy() {
  return std::make_unique<DnsMadeEasy>();
}

}  // namespace sidecert::dns::providers
