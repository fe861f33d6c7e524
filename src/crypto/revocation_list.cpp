#include "crypto/revocation_list.h"

#include <fmt/core.h>

#include "base/text.h"
#include "crypto/asn1_text.h"
#include "crypto/openssl.h"

namespace sidecert::crypto {
namespace {

using DistributionPoints = Handle<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using RevocationList = Handle<X509_CRL, X509_CRL_free>;

X509Handle readAgain(const Certificate& certificate) {
  const std::string der = certificate.toDer();
  const auto* at = octetsOf(std::string_view(der));
  return own<X509Handle>(d2i_X509(nullptr, &at, static_cast<long>(der.size())), "d2i_X509");
}

}  // namespace

std::vector<std::string> revocationListsOf(const Certificate& certificate) {
  const ErrorQueueGuard guard;
  const X509Handle x509 = readAgain(certificate);
  auto* raw = X509_get_ext_d2i(x509.get(), NID_crl_distribution_points, nullptr, nullptr);
  const DistributionPoints points(static_cast<CRL_DIST_POINTS*>(raw));
  std::vector<std::string> urls;
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->distpoint == nullptr || point->distpoint->type != 0 || point->CRLissuer != nullptr) continue;
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int j = 0; j < sk_GENERAL_NAME_num(names); ++j) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, j);
      if (name->type != GEN_URI) continue;
      std::string url(textOf(name->d.uniformResourceIdentifier));
      if (lower(url).starts_with("http://")) urls.push_back(std::move(url));
    }
  }
  return urls;
}

Result<std::optional<TimePoint>> revokedAt(std::string_view der, const Certificate& certificate, const Certificate& issuer) {
  const ErrorQueueGuard guard;
  const auto* at = octetsOf(der);
  const RevocationList list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (!list) return fail(ErrorCode::BadAnswer, fmt::format("{} octets that are no revocation list", der.size()));
  const X509Handle signer = readAgain(issuer);
  if (X509_CRL_verify(list.get(), X509_get0_pubkey(signer.get())) != 1)
    return fail(ErrorCode::BadAnswer,
                fmt::format("the revocation list was not signed by {}", printable(issuer.subjectCommonName())));
  const X509Handle x509 = readAgain(certificate);
  X509_REVOKED* entry = nullptr;
  if (X509_CRL_get0_by_cert(list.get(), &entry, x509.get()) != 1) return std::optional<TimePoint>();
  const auto when = timeOf(X509_REVOKED_get0_revocationDate(entry));
  if (!when) return fail(ErrorCode::BadAnswer, "the revocation list's date cannot be read");
  return when;
}

}  // namespace sidecert::crypto
