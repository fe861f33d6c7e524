#include "dns_world.h"

#include "dns/resolver.h"
#include "support/effort.h"
#include "support/memory_log.h"

namespace sidecert::testing {

std::vector<std::string> DnsWorld::txtAt(const std::string& server, const std::string& name) {
  MemoryLog sink;
  const auto resolver = dns::makeResolver({}, Log(sink));
  const auto answer = resolver->ask({.address = server}, name, dns::RecordType::Txt, dns::Recursion::NotDesired,
                                    effort(std::chrono::seconds(20)));
  std::vector<std::string> values;
  if (!answer) {
    ADD_FAILURE() << answer.error().what;
    return values;
  }
  for (const dns::Record& record : answer->answers) {
    if (record.type == dns::RecordType::Txt) values.push_back(record.data);
  }
  return values;
}

}  // namespace sidecert::testing
