#include <fmt/chrono.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://docs.jdcloud.com/en/common-declaration/api/signature-step
class JdCloud2 final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    using crypto::Hash;
    using crypto::hmac;
    const auto url = parseUrl(request.url);
    if (!url) return fail(ErrorCode::Internal, "no URL to sign: " + request.url);
    const auto& with = context.with;
    const auto seconds = static_cast<std::time_t>(context.now.time_since_epoch().count() / 1000);
    const std::string stamp = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(seconds));
    const std::string day = stamp.substr(0, 8);
    request.headers.set("x-jdcloud-date", stamp);
    request.headers.set("x-jdcloud-nonce", context.nonce);
    std::string headers;
    std::string names;
    if (const auto type = request.headers.first("Content-Type")) {
      headers = "content-type:" + *type + "\n";
      names = "content-type;";
    }
    headers += "host:" + url->origin().substr(url->scheme.size() + 3) + "\nx-jdcloud-date:" + stamp +
               "\nx-jdcloud-nonce:" + context.nonce + "\n";
    names += "host;x-jdcloud-date;x-jdcloud-nonce";
    const auto mark = url->target.find('?');
    auto query = splitList(mark == std::string::npos ? "" : url->target.substr(mark + 1), "&");
    std::ranges::sort(query);
    const std::string canonical = request.method + "\n" + url->target.substr(0, mark) + "\n" + join(query, "&") + "\n" +
                                  headers + "\n" + names + "\n" + hex(crypto::sha256(request.body));
    const std::string scope = day + "/" + with.at("region") + "/" + with.at("service") + "/jdcloud2_request";
    const std::string text = "JDCLOUD2-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex(crypto::sha256(canonical));
    std::string key = hmac(Hash::Sha256, "JDCLOUD2" + with.at("secret"), day);
    for (const std::string& part : {with.at("region"), with.at("service"), std::string("jdcloud2_request")}) {
      key = hmac(Hash::Sha256, key, part);
    }
    request.headers.set("Authorization", "JDCLOUD2-HMAC-SHA256 Credential=" + with.at("key") + "/" + scope +
                                             ", SignedHeaders=" + names +
                                             ", Signature=" + hex(hmac(Hash::Sha256, key, text)));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeJdCloud2() {
  return std::make_unique<JdCloud2>();
}

}  // namespace sidecert::dns::providers
