#include <fmt/chrono.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

using crypto::Hash;
using crypto::hmac;

std::string sortedQuery(std::string_view query) {
  auto pieces = splitList(query, "&");
  for (auto& piece : pieces) {
    if (piece.find('=') == std::string::npos) piece += '=';
  }
  std::ranges::sort(pieces);
  return join(pieces, "&");
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
class AwsV4 final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto& with = context.with;
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string stamp = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(seconds));
    const std::string day = stamp.substr(0, 8);
    request.headers.set("X-Amz-Date", stamp);
    std::string headers = "host:" + url->origin().substr(url->scheme.size() + 3) + "\nx-amz-date:" + stamp + "\n";
    std::string names = "host;x-amz-date";
    if (const auto token = with.find("token"); token != with.end() && !token->second.empty()) {
      request.headers.set("X-Amz-Security-Token", token->second);
      headers += "x-amz-security-token:" + token->second + "\n";
      names += ";x-amz-security-token";
    }
    const auto mark = url->target.find('?');
    const std::string path = url->target.substr(0, mark);
    const std::string query = mark == std::string::npos ? "" : sortedQuery(url->target.substr(mark + 1));
    const std::string canonical = request.method + "\n" + path + "\n" + query + "\n" + headers + "\n" + names + "\n" +
                                  hex(crypto::sha256(request.body));
    const std::string scope = day + "/" + with.at("region") + "/" + with.at("service") + "/aws4_request";
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex(crypto::sha256(canonical));
    std::string key = hmac(Hash::Sha256, "AWS4" + with.at("secret"), day);
    for (const std::string& part : {with.at("region"), with.at("service"), std::string("aws4_request")}) {
      key = hmac(Hash::Sha256, key, part);
    }
    request.headers.set("Authorization", "AWS4-HMAC-SHA256 Credential=" + with.at("key") + "/" + scope + ", SignedHeaders=" +
                                             names + ", Signature=" + hex(hmac(Hash::Sha256, key, to_sign)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeAwsV4() {
  return std::make_unique<AwsV4>();
}

}  // namespace sidecert::dns::providers
