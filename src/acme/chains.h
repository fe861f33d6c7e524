// Which of several chains an owner prefers. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "crypto/x509.h"

namespace sidecert::acme {

inline constexpr int kBestRank = 3;  // the issuer of the chain's last certificate has exactly this common name
inline constexpr int kNoRank = 0;    // the name occurs nowhere

/// 3 as above; 2: that issuer's name contains it; 1: any issuer in the chain has exactly this name; 0 otherwise.
[[nodiscard]] int rankOfChain(const std::vector<crypto::Certificate>& chain, std::string_view wanted);

/// Index of the best; among equals the first, which is the CA's own choice.
[[nodiscard]] std::size_t chooseChain(const std::vector<std::vector<crypto::Certificate>>& chains, std::string_view wanted);

}  // namespace sidecert::acme
