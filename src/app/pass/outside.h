// What a pass asks of the world beyond its ports: the CA and the NAS as whole conversations, so that a simulation can live
// through years of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "acme/issuance.h"
#include "acme/renewal_info.h"
#include "acme/revocation_status.h"
#include "app/pass/challenges.h"
#include "dns/resolver.h"
#include "dsm/deployment.h"
#include "dsm/inspection.h"
#include "notify/sender.h"

namespace sidecert::app {

struct Outside {
  std::function<Result<acme::IssuedCertificate>(const acme::CertificateRequest&, acme::AccountStore&, acme::OrderStore&,
                                                acme::ChallengePublisher&, const Ports&)>
      obtain = acme::obtain;
  std::function<Result<std::optional<acme::RenewalAdvice>>(const std::string& directory, const crypto::Certificate&,
                                                           const Ports&)>
      renewal_advice = acme::fetchRenewalAdvice;
  std::function<Result<std::optional<TimePoint>>(const std::vector<crypto::Certificate>& chain, const Ports&)> revoked =
      acme::fetchRevocation;
  std::function<Result<>(Challenges&, const std::vector<std::string>& names)> look_at_dns = &Challenges::look;
  std::function<Result<dsm::Deployment>(const config::NasSettings&, dsm::TargetState&, const dsm::Material&, const Ports&)>
      deploy = dsm::deploy;
  std::function<Result<dsm::Inspection>(const config::NasSettings&, dsm::TargetState&, const Ports&)> inspect = dsm::inspect;
  std::function<std::optional<bool>(const dsm::TargetState&, const crypto::Certificate&, const Ports&)> still_served =
      dsm::stillServed;
};

struct World {
  dns::Resolver& resolver;
  std::function<double()> draw;  // even in [0, 1)
  Ports ports;
  notify::Sender* sender = nullptr;  // null: nobody is told
  Outside outside = {};
  std::size_t side_by_side = 8;  // how many NAS are visited at once; 1: in turn, as a replay needs it
};

}  // namespace sidecert::app
