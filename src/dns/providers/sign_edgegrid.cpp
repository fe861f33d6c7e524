#include <fmt/chrono.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

using crypto::Hash;
using crypto::hmac;

// https://techdocs.akamai.com/developer/docs/edgegrid: two keyed hashes; of bodies, only those of POST count.
class EdgeGrid final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string stamp = fmt::format("{:%Y%m%dT%H:%M:%S+0000}", fmt::gmtime(seconds));
    const std::string unsigned_part = "EG1-HMAC-SHA256 client_token=" + context.with.at("client") +
                                      ";access_token=" + context.with.at("access") + ";timestamp=" + stamp +
                                      ";nonce=" + context.nonce + ";";
    // The service hashes no more than this of a body.
    constexpr std::size_t most_hashed = 131072;
    const bool hashed = request.method == "POST" && !request.body.empty();
    const std::string body = hashed ? base64(crypto::sha256(request.body.substr(0, most_hashed))) : "";
    const std::string data =
        request.method + "\t" + url->scheme + "\t" + url->host + "\t" + url->target + "\t\t" + body + "\t" + unsigned_part;
    const std::string key = base64(hmac(Hash::Sha256, context.with.at("secret"), stamp));
    request.headers.set("Authorization", unsigned_part + "signature=" + base64(hmac(Hash::Sha256, key, data)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeEdgeGrid() {
  return std::make_unique<EdgeGrid>();
}

}  // namespace sidecert::dns::providers
