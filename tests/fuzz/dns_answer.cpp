// Whatever comes in a datagram, over TCP or DoH: it is an answer to the question or it is refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dns/dns_message.h"
#include "dns/preflight.h"
#include "dns/zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert::dns;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  constexpr std::uint16_t id = 0x1234;
  const std::string name = "_acme-challenge.home.example";
  static_cast<void>(decodeHeader(octets));
  // Without luck an id and a question would never fit: the first are put there, the rest is the input's.
  for (const RecordType type : {RecordType::Txt, RecordType::Caa, RecordType::Soa}) {
    const Question question{.name = name, .type = type, .recursion = Recursion::Desired};
    auto wire = encodeQuery(id, question, false);
    if (!wire) std::abort();
    (*wire)[2] = static_cast<char>(0x84);
    if (octets.size() > 6) {
      wire->replace(6, 6, octets.substr(0, 6));
      wire->append(octets.substr(6));
    }
    for (const std::string_view candidate : {std::string_view(*wire), octets}) {
      const auto decoded = decodeResponse(candidate, id, question);
      if (!decoded) continue;
      for (const Record& record : decoded->answer.answers) static_cast<void>(parseCaa(record.data));
      const Finding finding = read(decoded->answer, name, "home.example", true);
      if (finding.kind == Finding::Kind::Delegated && finding.zone.empty()) std::abort();
    }
  }
  return 0;
}
