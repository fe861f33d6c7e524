// The facts about what a NAS has of a certificate. Pure; a part of `judge`.
#pragma once

#include <vector>

#include "app/plan/facts.h"

namespace sidecert::app {

void judgeTargets(const config::CertificateSettings& wanted, const View& seen, const Remembered&, TimePoint now,
                  std::vector<Fact>& facts);

}  // namespace sidecert::app
