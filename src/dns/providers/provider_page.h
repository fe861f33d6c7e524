// What an owner reads about one provider: what to set, where to get it, the least right to give, what to know, and a
// complete compose file to paste. docs/providers/ and `sidecert providers ID` are these texts.
#pragma once

#include <span>
#include <string>

#include "dns/providers/catalogue.h"

namespace sidecert::dns::providers {

/// Markdown that reads well as it is.
[[nodiscard]] std::string providerPage(const Description&);

/// All providers by the name of the company, each with its id, other names and page.
[[nodiscard]] std::string providerIndex(std::span<const Entry>);

/// compose/sidecert.yaml with this provider in it: secrets by file, placeholders for the rest of its first credential set.
[[nodiscard]] std::string composeFileFor(const Description&);

}  // namespace sidecert::dns::providers
