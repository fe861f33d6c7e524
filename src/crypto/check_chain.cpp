#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/x509.h"

namespace sidecert::crypto {
namespace {

// CAs date certificates back; a NAS whose clock is a little slow must still take a fresh one.
constexpr auto kClockSkew = std::chrono::hours{1};

std::string nameOf(const Certificate& certificate) {
  auto name = certificate.subjectCommonName();
  if (name.empty() && !certificate.dnsNames().empty()) name = certificate.dnsNames().front();
  return name.empty() ? "without a name" : printable(name);
}

std::unexpected<Error> refuse(std::string what, std::string hint = {}) {
  return fail(ErrorCode::Refused, std::move(what), std::move(hint));
}

}  // namespace

Result<> checkChain(const std::vector<Certificate>& chain, const PrivateKey& key, const std::vector<std::string>& names,
                    TimePoint now, bool want_intermediate) {
  if (chain.empty()) return refuse("there is no certificate");
  const auto& leaf = chain.front();
  if (!leaf.isFor(key)) return refuse("the certificate does not belong to the private key");
  for (const auto& name : names) {
    if (!leaf.covers(name)) {
      return refuse(
          fmt::format("the certificate does not cover {}; it is for {}", name, printable(join(leaf.dnsNames(), ", "))));
    }
  }
  for (const auto& certificate : chain) {
    if (certificate.notBefore() > now + kClockSkew) {
      return refuse(fmt::format("the certificate {} is not valid before {}; this machine's clock says {}",
                                nameOf(certificate), toWords(certificate.notBefore()), toWords(now)),
                    "check the NAS's date and time");
    }
    if (certificate.notAfter() <= now) {
      return refuse(fmt::format("the certificate {} expired at {}; this machine's clock says {}", nameOf(certificate),
                                toWords(certificate.notAfter()), toWords(now)),
                    "if that date is not past, correct the NAS's clock");
    }
  }
  if (want_intermediate && chain.size() < 2) return refuse("the chain has no intermediate certificate");
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    if (!chain[i].isSignedBy(chain[i + 1])) {
      return refuse(fmt::format("the chain is broken: {} is not signed by {}", nameOf(chain[i]), nameOf(chain[i + 1])));
    }
  }
  return {};
}

}  // namespace sidecert::crypto
