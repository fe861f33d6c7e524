#include "base/encoding.h"
#include "crypto/key.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://api.transip.nl/rest/docs.html#header-authentication: the body of the login, byte for byte.
class TransIp final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto key = crypto::PrivateKey::fromPem(context.with.at("key"));
    const auto signature = key ? key->signPkcs1(crypto::Hash::Sha512, request.body) : std::unexpected(key.error());
    if (!signature) return fail(ErrorCode::Settings, signature.error().what, "create a key pair in TransIP's control panel");
    request.headers.set("Signature", base64(*signature));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeTransIp() {
  return std::make_unique<TransIp>();
}

}  // namespace sidecert::dns::providers
