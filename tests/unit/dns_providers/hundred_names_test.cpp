// A certificate with a hundred names in one zone: one look-up of the zone, one request and a look where the API takes all at
// once, else two or three for each name, several at the same time.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "dns/providers/catalogue.h"
#include "dns/publisher.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "unit/dns/fake_resolver.h"

namespace sidecert::dns::providers {
namespace {

using namespace sidecert::testing;
using nlohmann::json;
using ::testing::SizeIs;

constexpr char kNs[] = "192.0.2.1";

HttpResponse jsonAnswer(const json& body, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body.dump(), .peer_sha256 = {}};
}

class HundredNames : public ::testing::Test {
 protected:
  HundredNames() {
    net_.set(kRecursive, "home.example", RecordType::Soa,
             recursive(authoritative({record("home.example", RecordType::Soa, "ns.home.example")})));
    net_.set(kRecursive, "home.example", RecordType::Ns,
             recursive(authoritative({record("home.example", RecordType::Ns, "ns.home.example")})));
    net_.set(kRecursive, "ns.home.example", RecordType::A,
             recursive(authoritative({record("ns.home.example", RecordType::A, kNs)})));
    net_.set(kRecursive, "ns.home.example", RecordType::Aaaa, recursive(authoritative({})));
    net_.setDefault(kNs, noSuchName("home.example"));
    wished_.push_back({"_acme-challenge.home.example", "value-apex"});
    for (int i = 1; i < 100; ++i) {
      wished_.push_back({fmt::format("_acme-challenge.h{}.home.example", i), fmt::format("value-{}", i)});
    }
  }

  struct Calls {
    std::size_t zone, add, remove;
  };

  // Everything a run does, by the provider's own definition.
  Calls run(const std::string& id, const config::ProviderVariables& variables, ScriptedHttp::Handler api) {
    http_.always(std::move(api));
    const Ports ports{clock_, http_, files_, Log(sink_), {}};
    auto provider = make(*find(id), variables, net_, ports);
    EXPECT_TRUE(provider) << provider.error().what;
    Publisher publisher(
        net_, [&](const std::string&) -> Result<Provider*> { return provider->get(); },
        {.limit = std::chrono::minutes(10), .slow_providers_take_longer = true}, ports);
    const auto placements = publisher.place(wished_, Effort(clock_, {}));
    EXPECT_TRUE(placements) << placements.error().what;
    const auto asked = net_.asked();
    const auto zone = static_cast<std::size_t>(
        std::ranges::count_if(asked, [](const std::string& line) { return line.starts_with(kRecursive); }));
    const auto added = publisher.add(*placements, Effort(clock_, {}));
    EXPECT_TRUE(added) << describe(added.error());
    const std::size_t add = http_.requests().size();
    EXPECT_THAT(stored_, SizeIs(100));
    const auto removed = publisher.withdraw(*placements);
    EXPECT_TRUE(removed) << describe(removed.error());
    EXPECT_THAT(stored_, SizeIs(0));
    const Calls calls{.zone = zone, .add = add, .remove = http_.requests().size() - add};
    fmt::print("{}: {} DNS look-ups find the zone, {} calls add 100 names, {} remove them\n", id, calls.zone, calls.add,
               calls.remove);
    return calls;
  }

  FakeResolver net_;
  ManualClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog sink_;
  std::vector<TxtRecord> wished_;
  std::mutex mutex_;
  std::map<std::string, std::string> stored_;  // name → value
};

constexpr std::size_t kZoneLookUps = 4;  // SOA, NS, and the server's A and AAAA

TEST_F(HundredNames, CostOneCallEachAndGoSideBySideAtCloudflare) {
  std::condition_variable second_came;
  int under_way = 0;
  bool side_by_side = false;
  const auto api = [&](const HttpRequest& request) -> Result<HttpResponse> {
    std::unique_lock lock(mutex_);
    const std::string path = request.url.substr(std::string("https://api.cloudflare.com/client/v4").size());
    const auto answer = [](const json& result) { return jsonAnswer({{"success", true}, {"result", result}}); };
    if (path.starts_with("/zones?")) return answer(json::array({{{"id", "z"}, {"name", "home.example"}}}));
    if (request.method == "POST") {
      ++under_way;
      second_came.notify_all();
      side_by_side |= second_came.wait_for(lock, std::chrono::seconds(30), [&] { return under_way > 1 || side_by_side; });
      --under_way;
      const json body = json::parse(request.body);
      std::string value = body.at("content");
      std::erase(value, '"');
      stored_[body.at("name")] = value;
      return answer({{"id", body.at("name")}});
    }
    if (request.method == "DELETE") {
      const std::string name = path.substr(path.rfind('/') + 1);
      stored_.erase(name);
      return answer({{"id", name}});
    }
    const auto from = path.find("name=") + 5;
    const std::string name = path.substr(from, path.find('&', from) - from);
    const auto found = stored_.find(name);
    if (found == stored_.end()) return answer(json::array());
    return answer(json::array({{{"id", name}, {"name", name}, {"content", found->second}}}));
  };
  const Calls calls = run("dns_cf", {{"CF_Token", Secret("letmein")}}, api);
  EXPECT_LE(calls.zone, kZoneLookUps);
  EXPECT_LE(calls.add, 1U + 2U * 100U);  // each is looked at afterwards
  EXPECT_LE(calls.remove, 3U * 100U);
  EXPECT_TRUE(side_by_side);
}

TEST_F(HundredNames, AreOneBatchAtPowerDns) {
  const auto api = [&](const HttpRequest& request) -> Result<HttpResponse> {
    const std::scoped_lock lock(mutex_);
    if (request.method == "PUT") return jsonAnswer({{"result", "Notification queued"}});
    if (request.method == "PATCH") {
      const json body = json::parse(request.body);
      for (const json& set : body.at("rrsets")) {
        const std::string name = set.at("name");
        stored_.erase(name);
        for (const json& one : set.at("records")) stored_[name] = one.at("content");
      }
      return jsonAnswer({}, 204);
    }
    if (request.url.ends_with("/zones"))
      return jsonAnswer(json::array({{{"id", "home.example."}, {"name", "home.example."}}}));
    json sets = json::array();
    for (const auto& [name, value] : stored_) {
      sets.push_back({{"name", name},
                      {"type", "TXT"},
                      {"ttl", 60},
                      {"records", json::array({{{"content", value}, {"disabled", false}}})}});
    }
    return jsonAnswer({{"rrsets", sets}});
  };
  const Calls calls =
      run("dns_pdns", {{"PDNS_Url", Secret("http://ns.home.example:8081")}, {"PDNS_Token", Secret("letmein")}}, api);
  EXPECT_LE(calls.zone, kZoneLookUps);
  EXPECT_LE(calls.add, 5U);  // zones, the zone, its change, a look at it, and the notification of its secondaries
  EXPECT_LE(calls.remove, 4U);
}

TEST_F(HundredNames, CostAReadAndAWriteEachAtGandi) {
  const auto api = [&](const HttpRequest& request) -> Result<HttpResponse> {
    const std::scoped_lock lock(mutex_);
    if (request.url.ends_with("/domains/home.example")) return jsonAnswer({{"fqdn", "home.example"}});
    const auto from = request.url.find("/records/") + 9;
    const std::string name = request.url.substr(from, request.url.rfind("/TXT") - from);
    if (request.method == "PUT") {
      stored_[name] = json::parse(request.body).at("rrset_values").front();
      return jsonAnswer({{"message", "DNS Record Created"}}, 201);
    }
    if (request.method == "DELETE") {
      stored_.erase(name);
      return HttpResponse{.status = 204, .headers = {}, .body = {}, .peer_sha256 = {}};
    }
    const auto found = stored_.find(name);
    if (found == stored_.end()) return jsonAnswer({{"message", "Can't find the DNS record"}, {"object", "dns-record"}}, 404);
    return jsonAnswer({{"rrset_name", name}, {"rrset_values", json::array({found->second})}});
  };
  const Calls calls = run("dns_gandi_livedns", {{"GANDI_LIVEDNS_TOKEN", Secret("letmein")}}, api);
  EXPECT_LE(calls.zone, kZoneLookUps);
  EXPECT_LE(calls.add, 1U + 3U * 100U);
  EXPECT_LE(calls.remove, 3U * 100U);
}

}  // namespace
}  // namespace sidecert::dns::providers
