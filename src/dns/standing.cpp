#include "dns/standing.h"

#include <fmt/core.h>

#include "dns/doh.h"
#include "dns/zone.h"

namespace sidecert::dns {
namespace {

constexpr Duration kAnswerLimit{5000};

bool saysWhatIsThere(const Result<Answer>& answer) {
  return answer && (answer->code == ResponseCode::NoError || answer->code == ResponseCode::NxDomain);
}

std::vector<std::string> textsIn(const Answer& answer) {
  std::vector<std::string> texts;
  for (const Record& record : answer.answers) {
    if (record.type == RecordType::Txt) texts.push_back(record.data);
  }
  return texts;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> standingTxt(Resolver& resolver, const std::string& name, const Effort& effort,
                                                          const Ports& ports) {
  ZoneFinder zones(resolver, ports.log);
  const auto place = zones.locate(name, effort);
  if (!place) return std::unexpected(place.error());
  const auto servers = zones.serversOf(place->zone, effort);
  if (!servers) return std::unexpected(servers.error());
  std::vector<std::vector<std::string>> standing;
  for (const NameServer& each : *servers) {
    if (!resolver.hasRoute(each.server)) continue;
    const auto answer =
        resolver.ask(each.server, place->name, RecordType::Txt, Recursion::NotDesired, effort.upTo(kAnswerLimit));
    if (saysWhatIsThere(answer) && answer->authoritative) {
      standing.push_back(textsIn(*answer));
    } else {
      ports.log.debug("{} says nothing of {}: {}", each.text(), place->name,
                      answer ? toString(answer->code) : answer.error().what);
    }
  }
  if (!standing.empty()) return standing;
  for (const std::string& service : resolver.httpsServices()) {
    const auto answer = askOverHttps(ports.http, service, place->name, RecordType::Txt, effort.upTo(kAnswerLimit));
    if (saysWhatIsThere(answer)) standing.push_back(textsIn(*answer));
  }
  if (standing.empty()) {
    return fail(ErrorCode::Unreachable, fmt::format("no name server of {} could be asked", place->zone),
                "check that this machine may ask name servers on port 53, or a DNS over HTTPS service");
  }
  return standing;
}

}  // namespace sidecert::dns
