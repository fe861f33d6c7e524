#include "dns/providers/signer.h"

#include <fmt/format.h>

namespace sidecert::dns::providers {

Result<> Signer::sign(HttpRequest& request, const Step& step, const Scope& scope, TimePoint now, const std::string& nonce,
                      const std::function<Result<std::string>(const std::string&)>& fetch) {
  const auto& sign = step.sign ? step.sign : common_;
  if (!sign || (step.unsigned_ && !step.sign)) return {};
  const SchemeEntry* entry = findScheme(sign->scheme);
  if (!entry) return fail(ErrorCode::Internal, "no signing scheme " + sign->scheme);
  std::map<std::string, std::string> with;
  for (const auto& [name, pattern] : sign->with) {
    if (auto value = renderText(pattern, scope)) with[name] = std::move(*value);
  }
  for (const auto& need : entry->needs) {
    const auto pattern = sign->with.find(std::string(need));
    if (with.contains(std::string(need)) || pattern == sign->with.end()) continue;
    return fail(ErrorCode::BadAnswer,
                fmt::format("no value for {} to sign with: {{{}}} has none", need, firstAbsent(pattern->second, scope)));
  }
  std::unique_ptr<Scheme> own;
  if (step.sign || !scheme_) (step.sign ? own : scheme_) = entry->make();
  Scheme& scheme = step.sign ? *own : *scheme_;
  return scheme.sign(request, {with, now, nonce, fetch});
}

}  // namespace sidecert::dns::providers
