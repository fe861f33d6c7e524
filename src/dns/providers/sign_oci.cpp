#include <fmt/chrono.h>

#include <optional>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

std::string withColons(const std::string& digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) out += (i == 0 ? "" : ":") + digits.substr(i, 2);
  return out;
}

// https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm: RSA-SHA256 over date, target and host, and
// over the body where there is one. The key is named by tenancy, user and the MD5 of its public half.
class Oci final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    if (!key_) {
      auto key = crypto::PrivateKey::fromPem(context.with.at("key"));
      if (!key || key->isEc()) {
        return fail(ErrorCode::Settings, key ? "the API key is no RSA key" : key.error().what,
                    "use the private key (PEM, without a passphrase) of an API signing key of the user");
      }
      key_ = std::move(*key);
      fingerprint_ = withColons(hex(crypto::digest(crypto::Hash::Md5, key_->publicDer())));
    }
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string date = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(seconds));
    request.headers.set("Date", date);
    std::string names = "date (request-target) host";
    std::string text = "date: " + date + "\n(request-target): " + lower(request.method) + " " + url->target +
                       "\nhost: " + url->origin().substr(url->scheme.size() + 3);
    if (!request.body.empty()) {
      const std::string sum = base64(crypto::sha256(request.body));
      request.headers.set("x-content-sha256", sum);
      names += " content-length content-type x-content-sha256";
      text += "\ncontent-length: " + std::to_string(request.body.size()) +
              "\ncontent-type: " + request.headers.first("Content-Type").value_or("") + "\nx-content-sha256: " + sum;
    }
    const auto signature = key_->signPkcs1(crypto::Hash::Sha256, text);
    if (!signature) return std::unexpected(signature.error());
    request.headers.set("Authorization", "Signature version=\"1\",keyId=\"" + context.with.at("tenancy") + "/" +
                                             context.with.at("user") + "/" + fingerprint_ +
                                             "\",algorithm=\"rsa-sha256\",headers=\"" + names + "\",signature=\"" +
                                             base64(*signature) + "\"");
    return {};
  }

 private:
  std::optional<crypto::PrivateKey> key_;
  std::string fingerprint_;
};

}  // namespace

std::unique_ptr<Scheme> makeOci() {
  return std::make_unique<Oci>();
}

}  // namespace sidecert::dns::providers
