#include "base/encoding.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://api-docs.constellix.com: key, keyed hash of the moment, and the moment in milliseconds.
class Constellix final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const std::string now = std::to_string(context.now.time_since_epoch().count());
    const std::string mac = base64(crypto::hmac(crypto::Hash::Sha1, context.with.at("secret"), now));
    request.headers.set("x-cns-security-token", context.with.at("key") + ":" + mac + ":" + now);
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeConstellix() {
  return std::make_unique<Constellix>();
}

}  // namespace sidecert::dns::providers
