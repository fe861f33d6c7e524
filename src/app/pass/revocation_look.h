// Was the certificate taken back at its CA, by whomever? Then a new one is due at once, and the owner is told.
#pragma once

#include "app/pass/certificate_case.h"

namespace sidecert::app {

/// Asks the CA's revocation list. What it says is noted in the record; a list that cannot be had says nothing.
void lookForRevocation(CertificateCase&);

}  // namespace sidecert::app
