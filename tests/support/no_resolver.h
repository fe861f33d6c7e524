// A resolver where there is no DNS: it knows no server, and every question fails.
#pragma once

#include "dns/resolver.h"

namespace sidecert::testing {

class NoResolver final : public dns::Resolver {
 public:
  Result<dns::Response> ask(const dns::Server&, const std::string&, dns::RecordType, dns::Recursion,
                            const Effort&) override {
    return fail(ErrorCode::Unreachable, "no DNS here");
  }
  Result<std::vector<dns::Server>> recursiveServers(const Effort&) override { return std::vector<dns::Server>{}; }
  Result<std::vector<std::string>> addressesOf(const std::string&, const Effort&) override {
    return std::vector<std::string>{};
  }
};

}  // namespace sidecert::testing
