#include "base/encoding.h"
#include "crypto/key.h"
#include "dns/providers/scheme.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::int64_t kLifeOfAssertion = 3600;  // seconds; the most that Google takes

// RFC 7523 section 2.1 with RS256, as https://developers.google.com/identity/protocols/oauth2/service-account has it: the
// assertion is one more field of the form that asks for a token.
class JwtBearer final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    auto key = crypto::PrivateKey::fromPem(context.with.at("key"));
    if (!key || key->isEc()) {
      return fail(ErrorCode::Settings, "the service account's private_key is no RSA key",
                  "create a new key of type JSON and use the file as it is");
    }
    const std::int64_t seconds = context.now.time_since_epoch().count() / 1000;
    const Object claims = {{"iss", context.with.at("issuer")},
                           {"scope", context.with.at("scope")},
                           {"aud", request.url},
                           {"exp", seconds + kLifeOfAssertion},
                           {"iat", seconds}};
    const std::string input = base64Url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64Url(dump(claims));
    const std::string assertion = input + "." + base64Url(key->sign(input));
    request.body += (request.body.empty() ? "assertion=" : "&assertion=") + assertion;
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeJwtBearer() {
  return std::make_unique<JwtBearer>();
}

}  // namespace sidecert::dns::providers
