// The regular look at the DNS providers, between renewals: would they still take the records of an order? So a token that
// was revoked or ran out is known weeks before a renewal needs it.
#pragma once

#include "app/pass/certificate_case.h"
#include "app/pass/challenges.h"

namespace sidecert::app {

/// Looks when it is due, and says again what a look found that is not mended yet. Changes no TXT record. What came of it is
/// noted in the case's record; a failure makes the pass a failed one.
void lookAtDns(CertificateCase&, Challenges&);

}  // namespace sidecert::app
