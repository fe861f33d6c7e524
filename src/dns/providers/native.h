// The providers that are no definitions: those that speak another protocol than HTTP, and those that acme.sh has but that
// nobody can use from here, which say why and what to use instead.
#pragma once

#include <span>
#include <string_view>

#include "dns/providers/catalogue.h"

namespace sidecert::dns::providers {

/// In no order; they stay where they are.
[[nodiscard]] std::span<const Description> nativeDescriptions();

/// @returns null where the id is none of theirs.
[[nodiscard]] const Description* nativeDescription(std::string_view id);

/// @param description  one of the above
/// @returns Settings naming every missing or wrong variable, or why it cannot be used at all.
[[nodiscard]] Result<std::unique_ptr<Provider>> makeNative(const Description& description, const config::ProviderVariables&,
                                                           Resolver&, Ports);

}  // namespace sidecert::dns::providers
