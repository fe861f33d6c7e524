#include "dns/providers/native.h"

#include <fmt/format.h>

#include <algorithm>

#include "dns/providers/knot.h"
#include "dns/providers/nsupdate.h"
#include "dns/providers/unusable.h"

namespace sidecert::dns::providers {

std::span<const Description> nativeDescriptions() {
  static const std::vector<Description> all = [] {
    std::vector<Description> out = unusableDescriptions();
    out.push_back(nsupdateDescription());
    out.push_back(knotDescription());
    return out;
  }();
  return all;
}

const Description* nativeDescription(std::string_view id) {
  const auto found = std::ranges::find(nativeDescriptions(), id, &Description::id);
  return found == nativeDescriptions().end() ? nullptr : &*found;
}

Result<std::unique_ptr<Provider>> makeNative(const Description& description, const config::ProviderVariables& variables,
                                             Resolver& resolver, Ports ports) {
  if (!description.unusable.empty())
    return fail(ErrorCode::Settings,
                fmt::format("{} ({}) cannot be used: {}", description.id, description.title, description.unusable),
                description.instead);
  if (description.id == knotDescription().id) return makeKnot(variables, resolver, std::move(ports));
  return makeNsupdate(variables, resolver, std::move(ports));
}

}  // namespace sidecert::dns::providers
