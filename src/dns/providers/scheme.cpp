#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {

std::span<const SchemeEntry> schemes() {
  static const std::vector<SchemeEntry> all = {
      {"aws-v4",
       {"key", "secret", "region", "service"},
       "AWS Signature Version 4; also \"token\" of temporary credentials",
       makeAwsV4},
      {"ovh",
       {"application", "secret", "consumer", "time"},
       "OVHcloud $1$; \"time\" is the URL of the server's clock",
       makeOvh},
  };
  return all;
}

const SchemeEntry* findScheme(std::string_view name) {
  for (const SchemeEntry& one : schemes()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace sidecert::dns::providers
