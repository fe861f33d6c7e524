// From "a certificate is due" to one that is stored, and the CA's advice when to renew it.
#pragma once

#include <string>

#include "acme/issuance.h"
#include "app/memory/acme_memory.h"
#include "app/pass/certificate_case.h"

namespace sidecert::app {

/// The order under way of this certificate, as on disk.
[[nodiscard]] OrderMemory orderFile(CertificateCase&);

/// Orders, or goes on with an order that was cut; stores the certificate. What comes of it is in the record and the ledger.
void order(CertificateCase&, acme::ChallengePublisher&, const std::string& reason);

/// A run that was cut after it had stored its certificate left the order behind: it is noted as done.
void finishStored(CertificateCase&);

/// Asks the CA when to renew the certificate there is (RFC 9773). A CA that wants it replaced at once, or gives no advice,
/// is asked whether it was revoked.
void askAdvice(CertificateCase&);

}  // namespace sidecert::app
