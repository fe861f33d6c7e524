#include "base/encoding.h"
#include "crypto/key.h"
#include "dns/providers/scheme.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::int64_t kLifeOfJwt = 3600;  // seconds; the most that Yandex takes

// https://yandex.cloud/en/docs/iam/operations/iam-token/create-for-sa: a JWT with PS256 (RFC 7518 section 3.5), which is
// the body of the request that asks for a token.
class YandexJwt final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto key = crypto::PrivateKey::fromPem(context.with.at("key"));
    if (!key || key->isEc()) {
      return fail(ErrorCode::Settings, key ? "the authorized key is no RSA key" : key.error().what,
                  "create an authorized key of the service account and use its private_key");
    }
    const std::int64_t seconds = context.now.time_since_epoch().count() / 1000;
    const Object header = {{"typ", "JWT"}, {"alg", "PS256"}, {"kid", context.with.at("key_id")}};
    const Object claims = {
        {"iss", context.with.at("issuer")}, {"aud", request.url}, {"iat", seconds}, {"exp", seconds + kLifeOfJwt}};
    const std::string input = base64Url(dump(header)) + "." + base64Url(dump(claims));
    const auto signature = key->signPss(crypto::Hash::Sha256, input);
    if (!signature) return std::unexpected(signature.error());
    request.headers.set("Content-Type", "application/json");
    request.body = dump(Object{{"jwt", input + "." + base64Url(*signature)}});
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeYandexJwt() {
  return std::make_unique<YandexJwt>();
}

}  // namespace sidecert::dns::providers
