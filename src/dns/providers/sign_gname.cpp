#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// https://www.gname.com/domain/api/jiexi/add: the form's fields in alphabetical order, then the key, as upper-case MD5.
class Gname final : public Scheme {
 public:
  Result<> sign(HttpRequest& request, const SigningContext& context) override {
    auto fields = splitList(request.body, "&");
    std::ranges::sort(fields);
    request.body = join(fields, "&");
    request.body += "&gntoken=" + upper(hex(crypto::digest(crypto::Hash::Md5, request.body + context.with.at("key"))));
    return {};
  }
};

}  // namespace

std::unique_ptr<Scheme> makeGname() {
  return std::make_unique<Gname>();
}

}  // namespace sidecert::dns::providers
