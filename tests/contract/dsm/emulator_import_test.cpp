#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <chrono>

#include "emulator_client.h"
#include "support/effort.h"

namespace sidecert::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

struct LoggedIn : ::testing::Test {
  explicit LoggedIn(DsmVersion version = DsmVersion::Dsm72) : emulator({.version = version}), client(emulator) {
    client.login({}, std::min(7, version == DsmVersion::Dsm62 ? 6 : 7),
                 version == DsmVersion::Dsm62 ? "auth.cgi" : "entry.cgi");
    built_in = emulator.defaultId();
  }
  std::vector<std::string> servicesOf(const std::string& id) const { return emulator.entry(id).value().services; }
  std::string imported(const std::vector<UploadPart>& parts) {
    return client.import(parts)["data"]["id"].get<std::string>();
  }
  DsmEmulator emulator;
  EmulatorClient client;
  std::string built_in;
};
struct EmulatorImport : LoggedIn {};
struct EmulatorList : LoggedIn {};
struct EmulatorService : LoggedIn {};
struct EmulatorDsm62 : LoggedIn {
  EmulatorDsm62() : LoggedIn(DsmVersion::Dsm62) {}
};
struct EmulatorDsm74 : LoggedIn {
  EmulatorDsm74() : LoggedIn(DsmVersion::Dsm74) {}
};

TEST_F(EmulatorList, ShowsTheBuiltInCertificateInFullShape) {
  const Json entry = client.listed(built_in);
  EXPECT_EQ(entry["desc"], "");
  EXPECT_EQ(entry["is_default"], true);
  EXPECT_EQ(entry["key_types"], "");
  EXPECT_EQ(entry["subject"]["sub_alt_name"], Json::array({"synology"}));
  EXPECT_TRUE(entry.contains("self_signed_cacrt_info"));
  EXPECT_EQ(entry["services"][0]["display_name_i18n"], "common:web_desktop");
  EXPECT_FALSE(entry["services"][3].contains("user_setable"));
  EXPECT_EQ(entry["id"].get<std::string>().size(), 6U);
}

TEST_F(EmulatorList, PadsTheDayWithABlank) {
  DsmEmulator on_the_sixth(
      {.now = [] { return std::chrono::sys_seconds(std::chrono::sys_days{std::chrono::year(2026) / 3 / 6}); }});
  EmulatorClient other(on_the_sixth);
  other.login();
  const std::string id = on_the_sixth.addCertificate({.valid_days = 31});
  EXPECT_EQ(other.listed(id)["valid_till"], "Apr  6 00:00:00 2026 GMT");
}

TEST_F(EmulatorList, KeepsDescriptionBeforeIdAsTextSearchersExpect) {
  const std::string id = emulator.addCertificate({.description = "with \"quotes\""});
  const auto answer = client.get(client.entry() + "&api=SYNO.Core.Certificate.CRT&method=list&version=1");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("desc":"with \"quotes\"","id":")" + id));
}

TEST_F(EmulatorList, HoldsEveryOddKind) {
  emulator.addOddCertificates();
  const Json all = client.list()["data"]["certificates"];
  const auto count = [&](auto matches) { return std::ranges::count_if(all, matches); };
  EXPECT_EQ(count([](const Json& each) { return each["renewable"] == true; }), 1);
  EXPECT_EQ(count([](const Json& each) { return each["is_broken"] == true; }), 1);
  EXPECT_EQ(count([](const Json& each) { return each["desc"] == ""; }), 3);
  EXPECT_EQ(count([](const Json& each) { return each["desc"] == "twice"; }), 2);
  EXPECT_EQ(count([](const Json& each) { return !each["subject"].contains("sub_alt_name"); }), 1);
  EXPECT_EQ(count([](const Json& each) { return each["key_types"] == "ECC"; }), 1);
  EXPECT_EQ(count([](const Json& each) { return each["is_default"] == true; }), 1);
}

TEST_F(EmulatorImport, MakesAnUnassignedEntryWhenTheIdIsEmpty) {
  const auto made = madeFor("home.example");
  const Json answer = client.import(EmulatorClient::parts(made));
  const auto id = answer["data"]["id"].get<std::string>();
  EXPECT_FALSE(answer["data"].contains("restart_httpd"));
  const auto entry = emulator.entry(id);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->sha256, made.certificate.sha256());
  EXPECT_EQ(entry->description, "home");
  EXPECT_FALSE(entry->is_default);
  EXPECT_TRUE(entry->services.empty());
  EXPECT_EQ(emulator.importsDone(), 1U);
}

TEST_F(EmulatorImport, ReplacesInPlaceAndServesWhatTheDesktopUses) {
  const auto before = servicesOf(built_in);
  const auto made = madeFor("home.example");
  const Json answer = client.import(EmulatorClient::parts(made, built_in));
  EXPECT_EQ(answer["data"]["id"], built_in);
  EXPECT_EQ(answer["data"]["restart_httpd"], true);
  EXPECT_EQ(servicesOf(built_in), before);
  EXPECT_EQ(emulator.defaultId(), built_in);
  const EmulatorClient https(emulator, true);
  MemoryLog log;
  const auto answered =
      makePocoHttp({}, Log(log))
          .value()
          ->send({.url = emulator.httpsUrl() + "/", .tls = {.mode = TlsTrust::Mode::Anything}}, testing::effort());
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->peer_sha256, made.certificate.sha256());
}

TEST_F(EmulatorImport, TakesAnyNonEmptyAsDefaultForYes) {
  for (const char* yes : {"true", "false", "0"}) {
    auto parts = EmulatorClient::parts(madeFor("home.example"));
    parts.push_back({"as_default", yes});
    const auto id = imported(parts);
    EXPECT_EQ(emulator.defaultId(), id) << yes;
    EXPECT_THAT(servicesOf(id), ElementsAre("system/default"));
  }
  auto parts = EmulatorClient::parts(madeFor("home.example"));
  parts.push_back({"as_default", ""});
  EXPECT_NE(emulator.defaultId(), imported(parts));
}

TEST_F(EmulatorImport, MovesEveryServiceWithTheDefaultWhenToldTo) {
  emulator.change([](DsmBehaviour& behaviour) { behaviour.default_takes_all_services = true; });
  auto parts = EmulatorClient::parts(madeFor("home.example"));
  parts.push_back({"as_default", "true"});
  EXPECT_EQ(servicesOf(imported(parts)).size(), 4U);
  EXPECT_TRUE(servicesOf(built_in).empty());
}

TEST_F(EmulatorImport, DemotesADefaultReplacedWithoutSayingSoWhenToldTo) {
  emulator.change([](DsmBehaviour& behaviour) { behaviour.replacing_default_demotes = true; });
  const std::string other = emulator.addCertificate({});
  client.import(EmulatorClient::parts(madeFor("home.example"), built_in));
  EXPECT_EQ(emulator.defaultId(), other);
}

TEST_F(EmulatorImport, BlanksADescriptionThatIsNotSentAgain) {
  const std::string id = emulator.addCertificate({.description = "home"});
  auto parts = EmulatorClient::parts(madeFor("home.example"), id);
  parts.pop_back();
  client.import(parts);
  EXPECT_EQ(emulator.entry(id)->description, "");
}

TEST_F(EmulatorImport, MayLeaveTheIdOutOfItsAnswer) {
  emulator.change([](DsmBehaviour& behaviour) { behaviour.import_answers_id = false; });
  const Json answer = client.import(EmulatorClient::parts(madeFor("home.example")));
  EXPECT_EQ(EmulatorClient::code(answer), 0);
  EXPECT_FALSE(answer["data"].contains("id"));
}

struct BadUpload {
  const char* name;
  std::function<void(std::vector<UploadPart>&)> spoil;
  int code;
};
std::ostream& operator<<(std::ostream& out, const BadUpload& bad) {
  return out << bad.name;
}

struct EmulatorRefusal : LoggedIn, ::testing::WithParamInterface<BadUpload> {};

TEST_P(EmulatorRefusal, HasTheCodeOfDsmAndChangesNothing) {
  auto parts = EmulatorClient::parts(madeFor("home.example"));
  GetParam().spoil(parts);
  EXPECT_EQ(EmulatorClient::code(client.import(parts)), GetParam().code);
  EXPECT_EQ(emulator.entries().size(), 1U);
  EXPECT_EQ(emulator.importsDone(), 0U);
  ASSERT_EQ(emulator.imports().size(), 1U);
  EXPECT_EQ(emulator.imports().front().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Uploads, EmulatorRefusal,
    ::testing::Values(
        BadUpload{"EmptyCertificate", [](auto& parts) { parts[1].content.clear(); }, 5510},
        BadUpload{"CertificateThatIsNoPem", [](auto& parts) { parts[1].content = "nonsense"; }, 5510},
        BadUpload{"BlankLineBeforeCertificate", [](auto& parts) { parts[1].content.insert(0, "\n"); }, 5510},
        BadUpload{"EmptyKey", [](auto& parts) { parts[0].content.clear(); }, 5511},
        BadUpload{"CertificateForKey", [](auto& parts) { parts[0].content = parts[1].content; }, 5511},
        BadUpload{"EmptyIntermediate", [](auto& parts) { parts[2].content.clear(); }, 5512},
        BadUpload{"BlankLineBeforeIntermediate", [](auto& parts) { parts[2].content.insert(0, "\n"); }, 5512},
        BadUpload{"FullChainForIntermediate", [](auto& parts) { parts[2].content.insert(0, parts[1].content); }, 5512},
        BadUpload{"KeyOfAnotherCertificate", [](auto& parts) { parts[0].content = madeFor("other.example").key_pem; }, 5514},
        BadUpload{"NoUtf8", [](auto& parts) { parts[1].content += "\xff"; }, 5516},
        BadUpload{"ChainOfAnotherAuthority",
                  [](auto& parts) { parts[2].content = TestCa("Stranger").intermediate("Stranger 2").pem(); }, 5517},
        BadUpload{"EntryThatIsNotThere", [](auto& parts) { parts[3].content = "nosuch"; }, 5503}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(EmulatorImport, GoesWithoutAnIntermediateButMarksTheEntry) {
  auto parts = EmulatorClient::parts(madeFor("home.example"));
  parts.erase(parts.begin() + 2);
  EXPECT_EQ(client.listed(imported(parts))["is_broken"], true);
}

// Deployers without a chain of their own send the full chain as `cert`; the web server then hands it out whole.
TEST_F(EmulatorImport, TakesAFullChainForCertificate) {
  auto parts = EmulatorClient::parts(madeFor("home.example"));
  parts[1].content += parts[2].content;
  parts.erase(parts.begin() + 2);
  EXPECT_EQ(client.listed(imported(parts))["is_broken"], false);
}

TEST_F(EmulatorImport, TakesTextPartsFirstAndTheCallAmongThem) {
  const auto made = madeFor("home.example");
  std::vector<UploadPart> parts{{"api", "SYNO.Core.Certificate"}, {"method", "import"}, {"version", "1"}};
  for (auto& part : EmulatorClient::parts(made)) parts.push_back(part);
  EXPECT_EQ(EmulatorClient::code(client.import(parts)), 0);
}

TEST_F(EmulatorImport, ReadsMultipartStrictly) {
  const std::string good = EmulatorClient::multipart(EmulatorClient::parts(madeFor("home.example")));
  const auto spoiled = [&](std::string_view from, std::string_view to) {
    std::string body = good;
    body.replace(body.find(from), from.size(), to);
    return EmulatorClient::code(EmulatorClient::read(client.upload(body)));
  };
  EXPECT_EQ(spoiled("name=\"key\"", "name=key"), 108);
  EXPECT_EQ(spoiled("filename=\"key.pem\"", "filename=key.pem"), 108);
  EXPECT_EQ(spoiled("filename=\"key.pem\"", "filename=\"key.pem\"; filename*=UTF-8''key.pem"), 108);
  EXPECT_EQ(spoiled(std::string(EmulatorClient::kBoundary) + "--", "gone"), 108);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(
                client.upload(good, std::string("multipart/form-data; boundary=\"") + EmulatorClient::kBoundary + "\""))),
            108);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(client.upload(good, "application/octet-stream"))), 108);
  EXPECT_EQ(emulator.importsDone(), 0U);
  EXPECT_EQ(spoiled("Content-Disposition", "content-disposition"), 0);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(client.upload(good))), 0);
}

TEST_F(EmulatorImport, IgnoresASessionInTheBody) {
  auto parts = EmulatorClient::parts(madeFor("home.example"));
  parts.push_back({"_sid", client.sid});
  client.sid.clear();
  EXPECT_EQ(EmulatorClient::code(client.import(parts)), 119);
}

TEST_F(EmulatorDsm74, RefusesFileNamesWithAPath) {
  for (const char* name : {"/data/key.pem", "..\\key.pem", "*.example.com.cer"}) {
    auto parts = EmulatorClient::parts(madeFor("home.example"));
    parts[0].file_name = name;
    const Json answer = client.import(parts);
    EXPECT_EQ(EmulatorClient::code(answer), 108) << name;
    EXPECT_EQ(answer["error"]["errors"]["upload_err"], -8);
  }
}

TEST_F(EmulatorDsm62, ListsNoKeyTypesAndRefusesEcc) {
  EXPECT_FALSE(client.listed(built_in).contains("key_types"));
  EXPECT_FALSE(client.listed(built_in)["services"][0].contains("user_setable"));
  EXPECT_EQ(EmulatorClient::code(client.import(EmulatorClient::parts(madeFor("home.example", crypto::KeyType::EcP256)))),
            5529);
  EXPECT_EQ(EmulatorClient::code(client.import(EmulatorClient::parts(madeFor("home.example")))), 0);
}

TEST_F(EmulatorImport, TakesEccOnDsm7) {
  const auto id = imported(EmulatorClient::parts(madeFor("home.example", crypto::KeyType::EcP256)));
  EXPECT_EQ(client.listed(id)["key_types"], "ECC");
}

TEST_F(EmulatorList, ChangesAnEntryByJsonTextsOnly) {
  const std::string id = emulator.addCertificate({.description = "home"});
  const auto set = [&](const Fields& fields) {
    return EmulatorClient::code(client.call("SYNO.Core.Certificate.CRT", "set", fields));
  };
  EXPECT_EQ(set({{"id", id}, {"desc", "\"x\""}}), 120);
  EXPECT_EQ(set({{"id", "\"" + id + "\""}, {"desc", "\"new\""}, {"as_default", "true"}}), 0);
  EXPECT_EQ(emulator.entry(id)->description, "new");
  EXPECT_EQ(emulator.defaultId(), id);
  EXPECT_EQ(set({{"id", "\"" + id + "\""}}), 0);
  EXPECT_EQ(emulator.entry(id)->description, "");
}

TEST_F(EmulatorList, DeletesByIdsAndGivesTheServicesToTheDefault) {
  const std::string id = emulator.addCertificate({.services = {{"VPN", "VPNCenter", "OpenVPN"}}});
  const auto remove = [&](const Fields& fields) {
    return EmulatorClient::code(client.call("SYNO.Core.Certificate.CRT", "delete", fields));
  };
  EXPECT_EQ(remove({{"id", id}}), 5503);
  EXPECT_EQ(remove({{"ids", "[\"" + id + "\"]"}}), 0);
  EXPECT_FALSE(emulator.entry(id));
  EXPECT_THAT(servicesOf(built_in), ::testing::Contains("VPNCenter/OpenVPN"));
}

TEST_F(EmulatorList, ExportsAnArchiveWithTheKey) {
  const auto answer =
      client.get(client.entry() + "&api=SYNO.Core.Certificate&method=export&version=1&file=%22archive%22&id=" + built_in);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->body.starts_with("PK\x03\x04"));
  EXPECT_THAT(answer->body, HasSubstr("privkey.pem-----BEGIN PRIVATE KEY-----"));
}

TEST_F(EmulatorService, MovesWhatIsGivenVerbatimAndNothingElse) {
  const std::string id = emulator.addCertificate({});
  Json service = client.listed(built_in)["services"][0];
  const auto set = [&](const Json& object, const std::string& old_id, const std::string& to) {
    return client.call("SYNO.Core.Certificate.Service", "set",
                       {{"settings", Json::array({{{"service", object}, {"old_id", old_id}, {"id", to}}}).dump()}});
  };
  Json hand_made = service;
  hand_made.erase("multiple_cert");
  EXPECT_EQ(EmulatorClient::code(set(hand_made, built_in, id)), 5503);
  EXPECT_EQ(EmulatorClient::code(set(service, built_in, "nosuch")), 5503);
  const Json moved = set(service, built_in, id);
  EXPECT_EQ(moved["data"]["restart_httpd"], true);
  EXPECT_THAT(servicesOf(id), ElementsAre("system/default"));
  EXPECT_EQ(emulator.servedSha256(), emulator.entry(id)->sha256);
}

TEST_F(EmulatorService, RefusesQuickConnectSilently) {
  const std::string id = emulator.addCertificate({});
  const Json quickconnect = client.listed(built_in)["services"][2];
  ASSERT_EQ(quickconnect["service"], "quickconnect");
  const Json answer =
      client.call("SYNO.Core.Certificate.Service", "set",
                  {{"settings", Json::array({{{"service", quickconnect}, {"old_id", built_in}, {"id", id}}}).dump()}});
  EXPECT_EQ(EmulatorClient::code(answer), 0);
  EXPECT_TRUE(servicesOf(id).empty());
}

TEST_F(EmulatorService, UnbindsWhatComesWithAStaleOldId) {
  const std::string id = emulator.addCertificate({});
  const Json ftp = client.listed(built_in)["services"][1];
  client.call("SYNO.Core.Certificate.Service", "set",
              {{"settings", Json::array({{{"service", ftp}, {"old_id", "stale1"}, {"id", id}}}).dump()}});
  EXPECT_TRUE(servicesOf(id).empty());
  EXPECT_THAT(servicesOf(built_in), ::testing::Not(::testing::Contains("smbftpd/ftpd")));
}

TEST_F(EmulatorDsm62, DropsAnAssignmentToTheSameCertificate) {
  const Json ftp = client.listed(built_in)["services"][1];
  client.call("SYNO.Core.Certificate.Service", "set",
              {{"settings", Json::array({{{"service", ftp}, {"old_id", built_in}, {"id", built_in}}}).dump()}});
  EXPECT_THAT(servicesOf(built_in), ::testing::Not(::testing::Contains("smbftpd/ftpd")));
}

// As tools do that have just made the host: DSM lists it under no certificate, so there is no object to send back.
TEST_F(EmulatorService, BindsAReverseProxyHostThatNoCertificateLists) {
  emulator.addService({.display_name = "photos.example", .subscriber = "ReverseProxy", .service = "3f0c"}, "");
  const std::string id = emulator.addCertificate({});
  const Json hand_made{{"display_name", "photos.example"},
                       {"isPkg", false},
                       {"multiple_cert", true},
                       {"owner", "root"},
                       {"service", "3f0c"},
                       {"subscriber", "ReverseProxy"},
                       {"user_setable", true}};
  const Json answer =
      client.call("SYNO.Core.Certificate.Service", "set",
                  {{"settings", Json::array({{{"service", hand_made}, {"old_id", ""}, {"id", id}}}).dump()}});
  EXPECT_EQ(answer["data"]["restart_httpd"], true);
  EXPECT_THAT(servicesOf(id), ElementsAre("ReverseProxy/3f0c"));
  Json listed = hand_made;
  listed["display_name_i18n"] = "";
  EXPECT_EQ(client.listed(id)["services"][0], listed);
}

TEST_F(EmulatorService, OfAReverseProxyIsServedByItsName) {
  const std::string id =
      emulator.addCertificate({.names = {"photos.example"}, .services = {{"photos.example", "ReverseProxy", "3f0c"}}});
  EXPECT_EQ(emulator.servedSha256("photos.example"), emulator.entry(id)->sha256);
  EXPECT_EQ(emulator.servedSha256("other.example"), emulator.entry(built_in)->sha256);
}

}  // namespace
}  // namespace sidecert::testing
