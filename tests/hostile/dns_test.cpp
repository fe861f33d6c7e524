// A name server that means harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "players.h"
#include "support/dns_server.h"
#include "support/free_address.h"
#include "support/scripted_dns.h"

namespace sidecert::testing {
namespace {

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kNs = 2;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kSoa = 6;
constexpr std::size_t kHeader = 12;

using Via = ScriptedDns::Via;
using Messages = std::vector<std::string>;

struct DnsAttack {
  const char* name;
  ScriptedDns::Handler answer;
};

std::uint16_t typeOf(const std::string& query) {
  const std::size_t end = query.find('\0', kHeader);
  return end + 2 < query.size() ? static_cast<unsigned char>(query[end + 2]) : 0;
}

std::string label(const std::string& text) {
  return std::string(1, static_cast<char>(text.size())) + text;
}

Messages saying(const std::string& query, const std::vector<std::string>& records, unsigned code = 0) {
  return {ScriptedDns::answerTo(query, code, records)};
}

Messages truncated(const std::string& query) {
  std::string answer = ScriptedDns::answerTo(query, 0, {});
  answer[2] = static_cast<char>(answer[2] | 0x02);
  return {answer};
}

std::string soa() {
  return ScriptedDns::record(kSoa, std::string(2 + 5 * 4, '\0'));
}

/// A zone that names so many name servers, of whose addresses `address` has the say. By TCP: they do not fit into less.
ScriptedDns::Handler manyServers(std::size_t count, const std::string& address) {
  return [count, address](const std::string& query, Via via) -> Messages {
    if (typeOf(query) == kSoa) return saying(query, {soa()});
    if (typeOf(query) == kA && !address.empty()) return saying(query, {ScriptedDns::record(kA, address)});
    if (typeOf(query) != kNs) return saying(query, {});
    if (via == Via::Udp) return truncated(query);
    std::vector<std::string> records;
    for (std::size_t i = 0; i < count; ++i)
      records.push_back(ScriptedDns::record(kNs, label("ns" + std::to_string(i)) + std::string("\xC0\x0C", 2)));
    return saying(query, records);
  };
}

std::vector<DnsAttack> dnsAttacks() {
  const std::string forged = label("\x1b[2J\r\nforged") + label("example") + std::string(1, '\0');
  return {
      {"TruncatedAndSilentByTcp",
       [](const std::string& query, Via via) { return via == Via::Udp ? truncated(query) : Messages(); }},
      {"TruncatedForEver", [](const std::string& query, Via) { return truncated(query); }},
      {"Garbage", [](const std::string&, Via) { return Messages{std::string(300, '\xC0')}; }},
      {"Header alone", [](const std::string& query, Via) { return Messages{query.substr(0, kHeader)}; }},
      {"AnswersToOtherQuestions",
       [](const std::string& query, Via) {
         std::string other = ScriptedDns::answerTo(query, 0, {});
         other[0] = static_cast<char>(other[0] ^ 0x55);
         return Messages(50, other);
       }},
      {"CountsThatLie",
       [](const std::string& query, Via) {
         std::string answer = ScriptedDns::answerTo(query, 0, {soa()});
         answer[6] = answer[7] = '\xFF';
         return Messages{answer};
       }},
      {"PointerLoop", [](const std::string& query,
                         Via) { return saying(query, {ScriptedDns::record(kCname, std::string("\xC0\x0C", 2))}); }},
      {"PointerToItself",
       [](const std::string& query, Via) {
         const char at = static_cast<char>(query.find('\0', kHeader) + 5 + 12);
         return saying(query, {ScriptedDns::record(kCname, std::string("\xC0") + at)});
       }},
      {"AliasesWithoutEnd",
       [](const std::string& query, Via) {
         const std::size_t end = query.find('\0', kHeader);
         const std::string below = label("a") + query.substr(kHeader, end + 1 - kHeader);
         return saying(query, below.size() > 250 ? Messages{} : Messages{ScriptedDns::record(kCname, below)});
       }},
      {"ForgedNames",
       [forged](const std::string& query, Via) { return saying(query, {ScriptedDns::record(kCname, forged)}); }},
      {"ForgedServers",
       [forged](const std::string& query, Via) {
         return saying(query, typeOf(query) == kSoa  ? Messages{soa()}
                              : typeOf(query) == kNs ? Messages{ScriptedDns::record(kNs, forged)}
                                                     : Messages{});
       }},
      {"ThousandsOfServersWithoutAddress", manyServers(3000, "")},
      {"ThousandsOfSilentServers", manyServers(3000, std::string("\x7F\x00\x00\x02", 4))},
      {"Refused", [](const std::string& query, Via) { return saying(query, {}, 5); }},
      {"Silence", [](const std::string&, Via) { return Messages(); }},
  };
}

TEST(HostileNameServer, EndsInAClearError) {
  std::vector<std::function<Ended()>> cases;
  const std::vector<DnsAttack> attacks = dnsAttacks();
  for (const DnsAttack& attack : attacks) {
    cases.emplace_back([&attack] {
      const ScriptedDns dns(attack.answer);
      const TempDirectory files;
      std::ofstream(files / "key") << DnsKey{.name = "k", .secret = "Y2FuYXJ5LXRzaWctMDEyMzQ1Njc4OWFiY2RlZmdoaWo="}.clause();
      WatchedRun run = runWatched({"txt", "add", "_acme-challenge.home.example", "value"},
                                  {{"SIDECERT_DATA", (files / "data").string()},
                                   {"ACME_DOMAINS", "home.example"},
                                   {"ACME_DNS", "dns_nsupdate"},
                                   {"ACME_DNS_RESOLVERS", dns.address() + ":" + std::to_string(dns.port())},
                                   {"NSUPDATE_SERVER", dns.address()},
                                   {"NSUPDATE_SERVER_PORT", std::to_string(dns.port())},
                                   {"NSUPDATE_KEY", (files / "key").string()}});
      Ended ended{.attack = attack.name, .run = std::move(run), .requests = {}};
      for (const auto& [via, query] : dns.queries()) ended.requests.push_back(query);
      return ended;
    });
  }
  expectClearEnds(together(cases));
}

}  // namespace
}  // namespace sidecert::testing
