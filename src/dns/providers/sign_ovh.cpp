#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://help.ovhcloud.com/csm/en-gb-api-getting-started-ovhcloud-api?id=kb_article_view&sysparm_article=KB0042777
class Ovh final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    const std::int64_t here = context.now.time_since_epoch().count() / 1000;
    if (!offset_) {
      const std::string& clock = context.with.at("time");
      const auto answer = context.fetch(clock);
      if (!answer) return within("asking for the time at " + clock, answer.error());
      const auto there = parseNumber(trim(*answer));
      if (!there) return fail(ErrorCode::BadAnswer, "no time at " + clock);
      offset_ = static_cast<std::int64_t>(*there) - here;
    }
    const std::string time = std::to_string(here + *offset_);
    const std::string text = context.with.at("secret") + "+" + context.with.at("consumer") + "+" + request.method + "+" +
                             request.url + "+" + request.body + "+" + time;
    request.headers.set("X-Ovh-Application", context.with.at("application"));
    request.headers.set("X-Ovh-Consumer", context.with.at("consumer"));
    request.headers.set("X-Ovh-Timestamp", time);
    request.headers.set("X-Ovh-Signature", "$1$" + hex(crypto::digest(crypto::Hash::Sha1, text)));
    return {};
  }
  bool forget() override {
    const bool had = offset_.has_value();
    offset_.reset();
    return had;
  }

 private:
  std::optional<std::int64_t> offset_;  // seconds; the server's clock decides
};

}  // namespace

std::unique_ptr<Scheme> makeOvh() {
  return std::make_unique<Ovh>();
}

}  // namespace sidecert::dns::providers
