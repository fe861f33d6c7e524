#include "acme/chains.h"

#include <algorithm>

namespace sidecert::acme {

int rankOfChain(const std::vector<crypto::Certificate>& chain, std::string_view wanted) {
  if (chain.empty()) return kNoRank;
  const std::string last = chain.back().issuerCommonName();
  if (last == wanted) return kBestRank;
  if (last.contains(wanted)) return 2;
  return std::ranges::any_of(chain, [wanted](const auto& each) { return each.issuerCommonName() == wanted; }) ? 1 : kNoRank;
}

std::size_t chooseChain(const std::vector<std::vector<crypto::Certificate>>& chains, std::string_view wanted) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < chains.size(); ++i) {
    if (rankOfChain(chains[i], wanted) > rankOfChain(chains[best], wanted)) best = i;
  }
  return best;
}

}  // namespace sidecert::acme
