// A certificate made elsewhere (DEPLOY_FROM) becomes the current one.
#pragma once

#include "app/pass/certificate_case.h"

namespace sidecert::app {

/// Takes what lies in the folder when it is new and good. What is wrong with it is noted like a failed order.
void takeFiles(CertificateCase&);

}  // namespace sidecert::app
