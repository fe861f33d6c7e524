#include "dns/standing.h"

#include <fmt/core.h>

#include "dns/doh.h"
#include "dns/zone.h"

namespace sidecert::dns {
namespace {

constexpr Duration kAnswerLimit{5000};

bool saysWhatIsThere(const Result<Response>& answer) {
  return answer && (answer->code == ResponseCode::NoError || answer->code == ResponseCode::NxDomain);
}

std::vector<std::string> textsIn(const Response& answer) {
  std::vector<std::string> texts;
  for (const Record& record : answer.answers) {
    if (record.type == RecordType::Txt) texts.push_back(record.data);
  }
  return texts;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> standingTxt(Resolver& resolver, const std::string& name, const Effort& effort,
                                                          const Ports& ports) {
  ZoneFinder zones(resolver, ports.http, ports.log);
  const auto place = zones.locate(name, effort);
  if (!place) return std::unexpected(place.error());
  const auto servers = zones.serversOf(place->zone, effort);
  if (!servers) return std::unexpected(servers.error());
  std::vector<std::vector<std::string>> standing;
  std::vector<Query> queries;
  for (const NameServer& each : *servers) {
    if (resolver.hasRoute(each.server))
      queries.push_back({.server = each.server, .name = place->name, .type = RecordType::Txt});
  }
  const auto answers = answersTo(resolver, queries, kAnswerLimit, effort);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (saysWhatIsThere(answers[i]) && answers[i]->authoritative) {
      standing.push_back(textsIn(*answers[i]));
    } else {
      ports.log.debug("{} says nothing of {}: {}", queries[i].server.text(), place->name,
                      answers[i] ? toString(answers[i]->code) : answers[i].error().what);
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
