#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/x509.h"

namespace sidecert::crypto {
namespace {

constexpr std::size_t kLongestBuilt = 10;  // certificates from the leaf up

std::string labelOf(const Certificate& certificate) {
  auto name = certificate.subjectCommonName();
  if (name.empty() && !certificate.dnsNames().empty()) name = certificate.dnsNames().front();
  return name.empty() ? "one without a name" : excerpt(name, 80);
}

}  // namespace

Result<BuiltChain> buildChain(const std::vector<Certificate>& came, const PrivateKey& key, TimePoint now) {
  const auto leaf = std::ranges::find_if(came, [&](const Certificate& one) { return one.isFor(key); });
  if (leaf == came.end()) return fail(ErrorCode::Refused, "the certificate does not belong to the private key");
  std::vector<bool> used(came.size());
  BuiltChain built;
  built.chain.push_back(*leaf);
  used[static_cast<std::size_t>(leaf - came.begin())] = true;
  while (built.chain.size() < kLongestBuilt && !built.chain.back().isSignedBy(built.chain.back())) {
    std::size_t next = 0;
    while (next < came.size() && (used[next] || came[next].notAfter() <= now || came[next].notBefore() > now ||
                                  !built.chain.back().isSignedBy(came[next]))) {
      ++next;
    }
    if (next == came.size()) break;
    used[next] = true;
    built.chain.push_back(came[next]);
  }
  for (std::size_t i = 0; i < came.size(); ++i) {
    if (used[i]) continue;
    const bool twice = std::ranges::contains(built.chain, came[i].sha256(), &Certificate::sha256);
    const std::string_view why = twice                       ? "it came twice"
                                 : came[i].notAfter() <= now ? "it has expired"
                                 : came[i].notBefore() > now ? "it is not valid yet"
                                                             : "it does not belong to the chain";
    built.left_out.push_back(fmt::format("{} ({})", labelOf(came[i]), why));
  }
  return built;
}

}  // namespace sidecert::crypto
