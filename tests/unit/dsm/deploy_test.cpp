#include <gmock/gmock.h>

#include "fake_dsm.h"

namespace sidecert::dsm {
namespace {

using ::testing::AllOf;
using testing::certificateOf;
using ::testing::ElementsAre;
using testing::entryObject;
using testing::FakeDsm;
using ::testing::HasSubstr;
using testing::nasSettings;
using ::testing::Not;
using testing::ourMaterial;
using testing::serviceObject;
using Answer = std::optional<Result<HttpResponse>>;

class Deploy : public ::testing::Test {
 protected:
  Deploy() {
    dsm.entries.push_back(entryObject("oldone", "home", testing::kOldLeaf, true));
    dsm.entries[0]["services"].push_back(serviceObject("DSM Desktop Service", "system", "default"));
    dsm.http.showCertificate(certificateOf(testing::kOurLeaf).toDer());
  }
  Result<Deployment> run() { return deploy(nas, state, ourMaterial(), dsm.ports()); }

  FakeDsm dsm;
  config::NasSettings nas = nasSettings();
  TargetState state;
};

TEST_F(Deploy, ReplacesInPlaceAndProvesIt) {
  const auto done = run();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_TRUE(done->imported);
  EXPECT_FALSE(done->created);
  EXPECT_EQ(done->certificate_id, "oldone");
  EXPECT_EQ(done->proof, Proof::Served);
  EXPECT_EQ(done->services.size(), 1U);
  EXPECT_EQ(state.certificate_id, "oldone");
  EXPECT_EQ(dsm.count["import"], 1);
  EXPECT_EQ(dsm.count["logout"], 1);
  EXPECT_EQ(dsm.entries[0]["is_default"], true);
}

TEST_F(Deploy, SendsAllThreeTokensOnEveryCallAfterTheLogin) {
  ASSERT_TRUE(run());
  for (const auto* method : {"list", "import", "logout"}) {
    for (const auto& request : dsm.seen[method]) {
      EXPECT_THAT(request.url, AllOf(HasSubstr("_sid=the-sid"), HasSubstr("SynoToken=the-token"))) << method;
      EXPECT_EQ(request.headers.first("X-SYNO-TOKEN"), "the-token") << method;
    }
  }
}

TEST_F(Deploy, LogsInByPostWithThePasswordInTheBodyOnly) {
  ASSERT_TRUE(run());
  const auto& login = dsm.seen["login"].front();
  EXPECT_EQ(login.method, "POST");
  EXPECT_EQ(FakeDsm::field(login, "passwd"), nas.password.reveal());
  EXPECT_EQ(FakeDsm::field(login, "version"), "7");
  EXPECT_EQ(FakeDsm::field(login, "format"), "sid");
  EXPECT_EQ(FakeDsm::field(login, "enable_syno_token"), "yes");
  EXPECT_THAT(login.url, Not(HasSubstr("passwd")));
  EXPECT_GE(login.total_limit, Duration(120'000));
}

TEST_F(Deploy, WritesTheImportAsDsmsStrictParserTakesIt) {
  ASSERT_TRUE(run());
  const auto& import = dsm.seen["import"].front();
  EXPECT_THAT(import.url, AllOf(HasSubstr("api=SYNO.Core.Certificate&"), HasSubstr("version=1")));
  EXPECT_THAT(import.headers.first("Content-Type").value(),
              AllOf(::testing::StartsWith("multipart/form-data; boundary="), Not(HasSubstr("\""))));
  const std::string& body = import.body;
  std::vector<std::size_t> order;
  for (const auto* part : {"name=\"key\"; filename=\"key.pem\"\r\nContent-Type: application/octet-stream\r\n\r\n",
                           "name=\"cert\"; filename=\"cert.pem\"", "name=\"inter_cert\"; filename=\"chain.pem\"",
                           "name=\"id\"\r\n\r\noldone", "name=\"desc\"\r\n\r\nhome", "name=\"as_default\"\r\n\r\ntrue"}) {
    order.push_back(body.find(part));
    EXPECT_NE(order.back(), std::string::npos) << part;
  }
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(FakeDsm::part(import, "cert"), certificateOf(testing::kOurLeaf).toPem());
  EXPECT_GE(import.total_limit, Duration(180'000));
}

TEST_F(Deploy, NeverSaysAsDefaultFalse) {
  dsm.entries[0]["is_default"] = false;
  ASSERT_TRUE(run());
  EXPECT_THAT(dsm.seen["import"].front().body, Not(HasSubstr("as_default")));
}

TEST_F(Deploy, LeavesTheChainPartOutWhenThereIsNone) {
  auto material = ourMaterial();
  material.chain_pem.clear();
  ASSERT_TRUE(deploy(nas, state, material, dsm.ports()));
  EXPECT_THAT(dsm.seen["import"].front().body, Not(HasSubstr("inter_cert")));
}

TEST_F(Deploy, TakesALeafRepeatedInTheChainAndBlankLinesOut) {
  auto material = ourMaterial();
  material.chain_pem = "\n\n" + std::string(testing::kOurLeaf) + "\r\n\r\n" + std::string(testing::kIssuer);
  ASSERT_TRUE(deploy(nas, state, material, dsm.ports()));
  EXPECT_EQ(FakeDsm::part(dsm.seen["import"].front(), "inter_cert"), certificateOf(testing::kIssuer).toPem());
}

TEST_F(Deploy, SendsNothingWhenTheKeyDoesNotFit) {
  auto material = ourMaterial();
  material.leaf = certificateOf(testing::kTwinLeaf);
  EXPECT_FALSE(deploy(nas, state, material, dsm.ports()));
  EXPECT_TRUE(dsm.http.requests().empty());
}

TEST_F(Deploy, SendsNothingWhenTheCertificateHasExpired) {
  dsm.clock.advance(std::chrono::hours(24 * 365));
  EXPECT_FALSE(run());
  EXPECT_TRUE(dsm.http.requests().empty());
}

TEST_F(Deploy, ImportsNothingOverFiftyRestartsWithTheSameCertificate) {
  ASSERT_TRUE(run());
  for (int restart = 0; restart < 50; ++restart) {
    const auto again = run();
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->imported);
  }
  EXPECT_EQ(dsm.count["import"], 1);
}

TEST_F(Deploy, ImportsOverATwinWithTheSameDatesAndNames) {
  dsm.doImport({.method = "POST",
                .url = {},
                .headers = {},
                .body = "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\noldone\r\n--b",
                .tls = {},
                .connect_to = {}},
               testing::kTwinLeaf);
  dsm.entries[0]["desc"] = "home";
  dsm.http.showCertificate(certificateOf(testing::kTwinLeaf).toDer());
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->imported);
}

TEST_F(Deploy, ImportsOnceMoreWhenDsmServesAnotherAndThenLeavesItAtThat) {
  ASSERT_TRUE(run());
  dsm.http.showCertificate(certificateOf(testing::kOldLeaf).toDer());
  for (int restart = 0; restart < 5; ++restart) EXPECT_EQ(run()->proof, Proof::NotServed);
  EXPECT_EQ(dsm.count["import"], 2);
}

TEST_F(Deploy, SaysThatNothingUsesTheCertificateAndWhatMendsIt) {
  dsm.entries[0]["services"].clear();
  dsm.http.showCertificate(certificateOf(testing::kOldLeaf).toDer());
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->proof, Proof::NotUsed);
  EXPECT_THAT(done->proof_detail, AllOf(HasSubstr("Certificate > Settings"), HasSubstr("SYNO_SERVICES")));
}

TEST_F(Deploy, SaysNotServedYetBeforeTheRepair) {
  dsm.http.showCertificate(certificateOf(testing::kOldLeaf).toDer());
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->proof, Proof::NotServedYet);
}

TEST_F(Deploy, MakesANewCertificateWhenAllowed) {
  nas.certificate = "brand new";
  nas.create = true;
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->created);
  EXPECT_EQ(done->certificate_id, "fresh1");
  EXPECT_EQ(FakeDsm::part(dsm.seen["import"].front(), "id"), "");
}

TEST_F(Deploy, LooksForANewDescriptionWhenTheOwnerChangedIt) {
  ASSERT_TRUE(run());
  dsm.entries.push_back(entryObject("second", "elsewhere", testing::kOldLeaf));
  nas.certificate = "elsewhere";
  state.our_leaves.clear();
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->certificate_id, "second");
}

// A lost answer.

TEST_F(Deploy, NeverImportsTwiceWhenTheAnswerWasLostAfterTheImport) {
  dsm.instead = [&](const std::string& method, const HttpRequest& request) -> Answer {
    if (method != "import") return {};
    dsm.doImport(request);
    return fail(ErrorCode::AnswerLost, "cut");
  };
  const auto done = run();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(dsm.count["import"], 1);
  EXPECT_EQ(dsm.count["login"], 2);
}

TEST_F(Deploy, NeverMakesASecondNewCertificateWhenTheAnswerWasLost) {
  nas.certificate = "brand new";
  nas.create = true;
  dsm.instead = [&](const std::string& method, const HttpRequest& request) -> Answer {
    if (method != "import") return {};
    dsm.doImport(request);
    return HttpResponse{.status = 502, .headers = {}, .body = "<html>", .peer_sha256 = {}};
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.entries.size(), 2U);
  EXPECT_EQ(state.certificate_id, "fresh1");
}

TEST_F(Deploy, ImportsExactlyOnceMoreWhenTheAnswerWasLostBeforeTheImport) {
  bool lost = false;
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import" || lost) return {};
    lost = true;
    return fail(ErrorCode::AnswerLost, "cut");
  };
  const auto done = run();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(dsm.count["import"], 2);
  EXPECT_GE(dsm.clock.slept(), Duration(85'000));
}

TEST_F(Deploy, GivesUpAfterTwoImportsThatDidNotHappen) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import") return {};
    return fail(ErrorCode::AnswerLost, "cut");
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(dsm.count["import"], 2);
}

TEST_F(Deploy, DoesNotImportAgainWhenDsmStaysSilentAfterwards) {
  bool dead = false;
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method == "import") dead = true;
    if (!dead) return {};
    return fail(method == "import" ? ErrorCode::AnswerLost : ErrorCode::Unreachable, "refused");
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::AnswerLost);
  EXPECT_EQ(dsm.count["import"], 1);
}

TEST_F(Deploy, DoesNotBelieveASuccessThatTheListDoesNotShow) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import") return {};
    return FakeDsm::json({{"id", "oldone"}});
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("does not list"));
  EXPECT_EQ(dsm.count["import"], 1);
}

class LostSession : public Deploy, public ::testing::WithParamInterface<int> {};

TEST_P(LostSession, AtAnImportIsLookedUpLikeALostAnswer) {
  bool first = true;
  dsm.instead = [&](const std::string& method, const HttpRequest& request) -> Answer {
    if (method != "import" || !first) return {};
    first = false;
    dsm.doImport(request);
    return FakeDsm::refusal(GetParam());
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.count["import"], 1);
}

TEST_P(LostSession, AtAnImportIsOneFreshLoginOneLookAndOneMoreImport) {
  bool first = true;
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import" || !first) return {};
    first = false;
    return FakeDsm::refusal(GetParam());
  };
  const auto done = run();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(dsm.count["import"], 2);
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_LT(dsm.clock.slept(), Duration(10'000));
}

TEST_P(LostSession, AtEveryImportIsTriedAgainSoonAndNotInADay) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import") return {};
    return FakeDsm::refusal(GetParam());
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().code, ErrorCode::Refused);
  EXPECT_EQ(dsm.count["import"], 2);
}

TEST_P(LostSession, AtAnAssignmentIsSentOnceMoreInAFreshSession) {
  dsm.entries.push_back(entryObject("other", "x", testing::kOldLeaf));
  dsm.entries[1]["services"].push_back(serviceObject("FTPS", "smbftpd", "ftpd"));
  nas.services = {"ftpd"};
  bool first = true;
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "set" || !first) return {};
    first = false;
    return FakeDsm::refusal(GetParam());
  };
  const auto done = run();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->moved, ElementsAre("FTPS"));
  EXPECT_EQ(dsm.count["set"], 2);
}

TEST_P(LostSession, AtTheListLogsInAgainOnceAndThenGivesUp) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "list") return {};
    return FakeDsm::refusal(GetParam());
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_EQ(dsm.count["list"], 2);
  EXPECT_EQ(dsm.count["logout"], 2);
}

INSTANTIATE_TEST_SUITE_P(Codes, LostSession, ::testing::Values(106, 107, 119, 150));

class EcRefusal : public Deploy, public ::testing::WithParamInterface<int> {};

TEST_P(EcRefusal, IsFinalAndAdvisesRsa) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import") return {};
    return FakeDsm::refusal(GetParam());
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Refused);
  EXPECT_THAT(done.error().hint, HasSubstr("ACME_KEYLENGTH=2048"));
  EXPECT_EQ(dsm.count["import"], 1);
  EXPECT_EQ(dsm.count["logout"], 1);
}

// 5598 and 5547 are in no list: a DSM that does not know EC keys has no number for them.
INSTANTIATE_TEST_SUITE_P(Codes, EcRefusal, ::testing::Values(5511, 5513, 5529, 5547, 5598));

TEST_F(Deploy, TellsANonAdministratorWhichBoxToTick) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "list") return {};
    return FakeDsm::refusal(105);
  };
  EXPECT_THAT(run().error().hint, HasSubstr("administrators"));
}

TEST_F(Deploy, EndsAtOnceWhenAskedToStop) {
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "import") return {};
    dsm.stop.request_stop();
    return fail(ErrorCode::AnswerLost, "cut");
  };
  EXPECT_EQ(run().error().code, ErrorCode::Stopped);
  EXPECT_EQ(dsm.count["logout"], 1);
}

// Services.

TEST_F(Deploy, MovesNoServiceUnlessAsked) {
  dsm.entries.push_back(entryObject("other", "x", testing::kOldLeaf));
  dsm.entries[1]["services"].push_back(serviceObject("FTPS", "smbftpd", "ftpd"));
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.count["set"], 0);
}

TEST_F(Deploy, MovesEveryServiceInOneCallWithTheObjectsAsListed) {
  dsm.entries.push_back(entryObject("other", "x", testing::kOldLeaf));
  auto& services = dsm.entries[1]["services"];
  services.push_back(serviceObject("FTPS", "smbftpd", "ftpd"));
  services.push_back(serviceObject("nas.home.example", "ReverseProxy", "uuid-1"));
  services.push_back(serviceObject("stranger.example", "ReverseProxy", "uuid-2"));
  services.push_back(serviceObject("QuickConnect", "system", "quickconnect"));
  nas.services = {"all"};
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->moved, ElementsAre("FTPS", "nas.home.example"));
  EXPECT_EQ(dsm.count["set"], 1);
  const auto sent = nlohmann::ordered_json::parse(FakeDsm::field(dsm.seen["set"].front(), "settings"));
  EXPECT_EQ(sent[0]["service"].dump(), serviceObject("FTPS", "smbftpd", "ftpd").dump());
  EXPECT_EQ(sent[0]["old_id"], "other");
  EXPECT_EQ(sent[0]["id"], "oldone");
}

TEST_F(Deploy, MovesOnlyCoveredHostsWhenAskedForThose) {
  dsm.entries.push_back(entryObject("other", "x", testing::kOldLeaf));
  auto& services = dsm.entries[1]["services"];
  services.push_back(serviceObject("FTPS", "smbftpd", "ftpd"));
  services.push_back(serviceObject("nas.home.example", "ReverseProxy", "uuid-1"));
  nas.services = {"covered"};
  EXPECT_THAT(run()->moved, ElementsAre("nas.home.example"));
}

TEST_F(Deploy, NamesWhatDidNotMove) {
  dsm.entries.push_back(entryObject("other", "x", testing::kOldLeaf));
  dsm.entries[1]["services"].push_back(serviceObject("FTPS", "smbftpd", "ftpd"));
  nas.services = {"ftps", "Nonsense"};
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "set") return {};
    return FakeDsm::json(nullptr);
  };
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->not_moved, ElementsAre(HasSubstr("Nonsense"), "FTPS"));
  EXPECT_EQ(dsm.count["set"], 1);
}

TEST_F(Deploy, NeverMovesAServiceThatIsThereAlready) {
  nas.services = {"default", "all"};
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.count["set"], 0);
}

// Where the certificate can be looked at.

TEST_F(Deploy, AsksDsmForThePortOfItsPages) {
  dsm.web["https_port"] = 7443;
  EXPECT_EQ(run()->proof, Proof::Served);
  EXPECT_EQ(dsm.http.handshakes().back().port, 7443);
}

TEST_F(Deploy, BelievesTheOwnerMoreThanDsm) {
  dsm.web["https_port"] = 7443;
  nas.https_port = 9443;
  EXPECT_EQ(run()->proof, Proof::Served);
  EXPECT_EQ(dsm.http.handshakes().back().port, 9443);
}

TEST_F(Deploy, NeitherWaitsNorImportsAgainWhereThePortIsNotKnown) {
  dsm.web = nullptr;
  dsm.http.showCertificate(certificateOf(testing::kOldLeaf).toDer());  // a stranger on 5001
  for (int visit = 0; visit < 3; ++visit) {
    const auto done = run();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->proof, Proof::NotReachable);
    EXPECT_THAT(done->proof_detail, HasSubstr("SYNO_HTTPS_PORT"));
  }
  EXPECT_EQ(dsm.count["import"], 1);
  EXPECT_EQ(dsm.clock.slept(), Duration(0));
}

TEST_F(Deploy, SaysThatDsmHasNoHttps) {
  dsm.web["enable_https"] = false;
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->proof, Proof::NotReachable);
  EXPECT_THAT(done->proof_detail, HasSubstr("Login Portal"));
  EXPECT_EQ(dsm.clock.slept(), Duration(0));
}

TEST_F(Deploy, IsProvedByAReverseProxyHostAlone) {
  auto& services = dsm.entries[0]["services"];
  services.clear();
  services.push_back(serviceObject("photos.home.example", "ReverseProxy", "uuid-1"));
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->proof, Proof::Served) << done->proof_detail;
  EXPECT_THAT(done->proof_detail, HasSubstr("photos.home.example"));
}

TEST_F(Deploy, SaysThatAServiceWithoutAKnownPortCannotBeLookedAt) {
  auto& services = dsm.entries[0]["services"];
  services.clear();
  services.push_back(serviceObject("FTPS", "smbftpd", "ftpd"));
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->proof, Proof::NotReachable);
  EXPECT_THAT(done->proof_detail, HasSubstr("FTPS cannot be looked at"));
  EXPECT_EQ(dsm.clock.slept(), Duration(0));
}

TEST_F(Deploy, LooksAtReverseProxyHostsByTheirName) {
  dsm.entries[0]["services"].push_back(serviceObject("nas.home.example", "ReverseProxy", "uuid-1"));
  const auto done = run();
  ASSERT_TRUE(done);
  ASSERT_EQ(done->hosts.size(), 1U);
  EXPECT_EQ(done->hosts[0].proof, Proof::Served);
  EXPECT_THAT(dsm.http.handshakes(), ::testing::Contains(::testing::Truly([](const auto& h) {
                return h.port == 443 && h.sni == "nas.home.example" && h.host == "127.0.0.1";
              })));
}

TEST_F(Deploy, PrintsNoSecretAtAnyLevel) {
  ASSERT_TRUE(run());
  for (const auto& secret :
       {nas.password.reveal(), std::string("the-sid"), std::string("the-token"), std::string("PRIVATE KEY")}) {
    EXPECT_FALSE(dsm.log.contains(secret)) << secret;
  }
}

}  // namespace
}  // namespace sidecert::dsm
