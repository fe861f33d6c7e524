// What is remembered of a NAS, as one document: nas/<label, else host_port>. Its login, which all certificates share, and of
// each certificate the entry that is its own there and how its deployment stands.
#pragma once

#include <map>
#include <string>

#include "app/memory/memory.h"
#include "app/plan/record.h"
#include "base/result.h"
#include "dsm/deployment.h"

namespace sidecert::app {

[[nodiscard]] std::string nasKey(const std::string& target_key);

/// The state knows the way back to the store (dsm::TargetState::writeDown). @param title  of the certificate
[[nodiscard]] Result<dsm::TargetState> loadTargetState(const Memory&, const std::string& title, const config::NasSettings&);
[[nodiscard]] Result<> saveTargetState(const Memory&, const std::string& title, const config::NasSettings&,
                                       const dsm::TargetState&);

/// How the deployments of a certificate stand, by targetKey.
[[nodiscard]] Result<std::map<std::string, Target>> loadTargets(const Memory&, const std::string& title);
[[nodiscard]] Result<> saveTarget(const Memory&, const std::string& title, const std::string& target_key, const Target&);

}  // namespace sidecert::app
