// Troubles that do not pass. Whatever a server does for ever, a provider gives up after a bounded number of requests and a
// bounded time, and says what happened.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "contract/dns_providers/forgiving_server.h"
#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"
#include "dns/providers/engine.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"

namespace sidecert::testing {
namespace {

enum class Trouble { Busy, TooDeep, TooWide, TooLong, Drips };
constexpr Trouble kAll[] = {Trouble::Busy, Trouble::TooDeep, Trouble::TooWide, Trouble::TooLong, Trouble::Drips};

constexpr std::size_t kMostRequests = 6;  // a change whose answer is lost, and five tries to see what became of it
constexpr std::chrono::minutes kLongest{14};
constexpr std::size_t kLongestMessage = 2000;

std::string repeated(std::string_view piece, std::size_t count) {
  std::string out;
  out.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += piece;
  return out;
}

std::string bodyFor(Trouble trouble, bool json) {
  switch (trouble) {
    case Trouble::TooDeep: return json ? repeated("[", 100'000) : repeated("<a>", 100'000) + "</html>";
    case Trouble::TooWide: {
      if (!json) return "<html>" + repeated("<a/>", 300'000) + "</html>";
      std::string out = "{";
      for (int i = 0; i < 300'000; ++i) out += fmt::format("\"{}\":0,", i);
      return out + "\"x\":0}";
    }
    default: return json ? "[" + repeated("[],", 2'000'000) + "0]" : "<html>" + repeated("&amp;", 1'000'000) + "</html>";
  }
}

/// Answers as the scene has it up to an exchange, and from then on has its trouble.
class TroubledServer final : public HttpTransport {
 public:
  TroubledServer(const Scene& scene, std::size_t from, Trouble trouble, std::string body, ManualClock& clock)
      : usual_(scene), from_(from), trouble_(trouble), body_(std::move(body)), clock_(clock) {}

  Result<HttpResponse> send(const HttpRequest& request, const Effort& effort) override {
    if (troubled == 0 && usual_.answered() < from_) return usual_.send(request, effort);
    ++troubled;
    switch (trouble_) {
      case Trouble::Busy: return HttpResponse{503, {}, "later", ""};
      case Trouble::Drips:
        // An octet a second: never silent for long, and never done.
        clock_.advance(request.total_limit);
        return fail(ErrorCode::AnswerLost, "the answer took too long");
      default:
        if (body_.size() > request.body_limit) return fail(ErrorCode::BadAnswer, "the answer is too long");
        return HttpResponse{200, {}, body_, ""};
    }
  }
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override {
    return fail(ErrorCode::Internal, "no provider asks for a certificate");
  }
  std::size_t troubled = 0;

 private:
  ConversationServer usual_;
  std::size_t from_;
  Trouble trouble_;
  std::string body_;
  ManualClock& clock_;
};

class DnsProviderTroubles : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (const auto& one : dns::providers::embeddedDefinitions()) {
      if (one.id == GetParam()) text_ = one.text;
    }
    for (Scene& scene :
         readConversation((std::filesystem::path(__FILE__).parent_path() / (GetParam() + ".http")).string())) {
      static const std::set<std::string> operations = {"two values share one name", "removing one value keeps the other",
                                                       "one value", "remove the value"};
      if (operations.contains(scene.title)) scenes_.push_back(std::move(scene));
    }
  }

  void expectBounded(const Scene& scene, std::size_t from, Trouble trouble, const std::string& body) {
    const auto definition = dns::providers::loadDefinition(text_, GetParam());
    ASSERT_TRUE(definition);
    ManualClock clock;
    MemoryLog log;
    PosixFileSystem files;
    TroubledServer server(scene, from, trouble, body, clock);
    config::ProviderVariables given;
    for (const auto& [name, value] : scene.variables) given[name] = Secret(value);
    const Duration begin = clock.monotonic();
    auto provider = dns::providers::makeDefined(*definition, given, Ports{clock, server, files, Log(log), {}});
    Result<> result = provider ? Result<>{} : std::unexpected(provider.error());
    for (const Action& action : scene.actions) {
      if (!result) break;
      result = action.add ? (*provider)->add(action.cut, action.records, Effort(clock, {}))
                          : (*provider)->remove(action.cut, action.records, Effort(clock, {}));
    }
    ASSERT_GT(server.troubled, 0U);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().code, ErrorCode::Internal) << describe(result.error());
    EXPECT_LE(server.troubled, kMostRequests) << describe(result.error());
    EXPECT_LE(clock.monotonic() - begin, kLongest);
    const std::string said = describe(result.error());
    EXPECT_FALSE(said.empty());
    EXPECT_LE(said.size(), kLongestMessage);
    for (const auto& variable : definition->variables) {
      const auto value = scene.variables.find(variable.name);
      if (variable.secret && value != scene.variables.end()) EXPECT_EQ(said.find(value->second), std::string::npos);
    }
  }

  std::string_view text_;
  std::vector<Scene> scenes_;
};

TEST_P(DnsProviderTroubles, ThatDoNotPassAreGivenUpSoonAndClearly) {
  const auto definition = dns::providers::loadDefinition(text_, GetParam());
  ASSERT_TRUE(definition);
  const bool json = definition->answers == dns::providers::Format::Json;
  for (const Trouble trouble : kAll) {
    const bool has_body = trouble != Trouble::Busy && trouble != Trouble::Drips;
    const std::string body = has_body ? bodyFor(trouble, json) : "";
    for (const Scene& scene : scenes_) {
      if (scene.exchanges.empty()) continue;
      SCOPED_TRACE(fmt::format("{}, trouble {}", scene.title, static_cast<int>(trouble)));
      expectBounded(scene, 0, trouble, body);
      const std::size_t change = Play(scene, text_).firstChange();
      if (change > 0 && change < scene.exchanges.size()) expectBounded(scene, change, trouble, body);
    }
  }
}

// For comparison: how many requests an operation costs, the login and the search for the zone among them.
TEST_P(DnsProviderTroubles, ComeBesideWhatAnOperationCosts) {
  for (const Scene& scene : scenes_) {
    fmt::print("requests of {}: {}: {}\n", GetParam(), scene.title, scene.exchanges.size());
    EXPECT_LE(scene.exchanges.size(), 16U) << scene.title;
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, DnsProviderTroubles, ::testing::ValuesIn([] {
                           std::vector<std::string> out;
                           for (const auto& one : dns::providers::embeddedDefinitions()) out.emplace_back(one.id);
                           return out;
                         }()),
                         [](const auto& given) { return given.param; });

}  // namespace
}  // namespace sidecert::testing
