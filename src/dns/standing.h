// What stands at a name now, at every address of every authoritative server. Read only: for records an owner sets once and
// by hand, such as those of dns-persist-01.
#pragma once

#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "dns/resolver.h"

namespace sidecert::dns {

/// The TXT values at `name`, aliases followed: one list per server that answers for it with authority; servers this machine
/// has no route to, and those that give no such answer, are left out.
/// Where none does, RFC 8484 services are asked instead, one list each.
/// @returns Refused when nobody answers for such a name, Unreachable when nobody could be asked.
[[nodiscard]] Result<std::vector<std::vector<std::string>>> standingTxt(Resolver&, const std::string& name, const Effort&,
                                                                        const Ports&);

}  // namespace sidecert::dns
