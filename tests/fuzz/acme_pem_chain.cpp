// A certificate chain as a CA sends it (RFC 8555 section 9.1).
#include "acme/chains.h"
#include "acme/renewal_info.h"
#include "crypto/x509.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const std::string_view text = fuzz::textOf(data, size);
  const auto chain = crypto::parseChain(text);
  if (!chain) return 0;
  fuzz::promise(!chain->empty());
  static const auto kKey = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  for (const crypto::Certificate& each : *chain) {
    static_cast<void>(acme::certificateId(each));
    static_cast<void>(each.dnsNames());
    static_cast<void>(each.covers("a.example"));
    static_cast<void>(each.subjectCommonName() + each.issuerOrganization());
    fuzz::promise(crypto::Certificate::fromDer(each.toDer()).has_value());
    fuzz::promise(each.toPem().ends_with("-----END CERTIFICATE-----\n"));
  }
  static_cast<void>(acme::rankOfChain(*chain, "Root"));
  // Nobody else has this key.
  fuzz::promise(!crypto::checkChain(*chain, kKey, {"a.example"}, TimePoint{}, true));
  return 0;
}
