// A slip in a definition must never cost a record, nor be called a success. Small APIs that keep what they are given, with
// the records of strangers in them, and definitions with one slip each. The contract suite puts every slip there is into
// every definition that is shipped; here are those that once did the most harm, by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/providers/definition.h"
#include "dns/providers/engine.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns::providers {
namespace {

using nlohmann::json;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr char kOurName[] = "_acme-challenge.home.example";

class Slipped : public ::testing::Test {
 protected:
  // @param model  members beside those every definition has.
  Result<> run(bool add, std::string model, const std::string& right = {}, const std::string& wrong = {}) {
    if (!right.empty()) {
      const auto at = model.find(right);
      EXPECT_NE(at, std::string::npos) << right;
      model.replace(at, right.size(), wrong);
    }
    const std::string text = R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example", "variables": [],
      "credentials": [{"needs": []}], "zone": {"given": "home.example"}, )" +
                             model + "}";
    auto definition = loadDefinition(text, "x.json");
    if (!definition) return std::unexpected(definition.error());
    auto provider = makeDefined(std::move(*definition), {}, Ports{clock_, http_, files_, Log(log_), {}});
    if (!provider) return std::unexpected(provider.error());
    const std::vector<TxtRecord> records = {{kOurName, "ours"}};
    return add ? (*provider)->add("home.example", records, Effort(clock_, {}))
               : (*provider)->remove("home.example", records, Effort(clock_, {}));
  }

  ManualClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog log_;
};

HttpResponse with(const json& body, int status = 200) {
  return {.status = status, .headers = {}, .body = body.dump(), .peer_sha256 = {}};
}

// ---- Records with a life of their own, in JSON. What is not understood is ignored.

class SlipInRecords : public Slipped {
 protected:
  struct Stored {
    std::string name, type, text;
    bool operator==(const Stored&) const = default;
  };
  SlipInRecords() {
    http_.always([this](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.url.ends_with("/records") && request.method == "GET") {
        json items = json::array();
        for (const auto& [id, one] : records_)
          items.push_back({{"id", id}, {"name", one.name}, {"type", one.type}, {"text", one.text}});
        return with({{"records", items}});
      }
      if (request.url.ends_with("/records") && request.method == "POST") {
        const json body = json::parse(request.body);
        records_[++last_] = {body.value("name", "@"), body.value("type", "A"), body.value("text", "")};
        return with({{"id", last_}});
      }
      if (request.method == "DELETE") {
        const auto id = parseNumber(request.url.substr(request.url.rfind('/') + 1));
        if (id && records_.erase(static_cast<int>(*id)) > 0) return with({});
      }
      return with({{"error", "not found"}}, 404);
    });
  }
  std::map<int, Stored> records_ = {{1, {"@", "TXT", "v=spf1 -all"}}, {2, {"www", "A", "192.0.2.1"}}};
  int last_ = 2;
};

constexpr char kRecords[] = R"("records": {
  "list": {"get": "/records", "items": "/records", "where": {"/type": "TXT"}, "name": "/name", "value": "/text", "capture": {"record": "/id"}},
  "add": {"post": "/records", "json": {"name": "{relative}", "type": "TXT", "text": "{value}"}},
  "remove": {"delete": "/records/{record}"}})";

TEST_F(SlipInRecords, IsNotWhatHappensToAGoodDefinition) {
  ASSERT_TRUE(run(true, kRecords));
  EXPECT_EQ(records_.at(3), (Stored{"_acme-challenge", "TXT", "ours"}));
  ASSERT_TRUE(run(false, kRecords));
  EXPECT_EQ(records_.size(), 2U);
  EXPECT_THAT(log_.text(), Not(HasSubstr("nothing to remove")));
  ASSERT_TRUE(run(false, kRecords));
  EXPECT_THAT(log_.text(), HasSubstr("nothing to remove"));
}

TEST_F(SlipInRecords, ThatMisspellsTheListIsNoEmptyList) {
  const auto removed = run(false, kRecords, R"("items": "/records")", R"("items": "/recrods")");
  ASSERT_FALSE(removed);
  EXPECT_THAT(removed.error().what, HasSubstr("nothing is at \"/recrods\""));
}

TEST_F(SlipInRecords, ThatMisspellsAMemberSaysHowManyItemsLackIt) {
  for (const auto& [right, wrong] :
       {std::pair{R"("value": "/text")", R"("value": "/txet")"}, std::pair{R"("name": "/name")", R"("name": "/nmae")"},
        std::pair{R"({"/type": "TXT"})", R"({"/tpye": "TXT"})"}}) {
    const auto removed = run(false, kRecords, right, wrong);
    ASSERT_FALSE(removed) << wrong;
    EXPECT_THAT(removed.error().what, HasSubstr("item(s) came, none has /"));
  }
}

TEST_F(SlipInRecords, ThatWritesAtAnotherNameIsNoSuccess) {
  const auto added = run(true, kRecords, R"("name": "{relative}")", R"("nmae": "{relative}")");
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("not listed there afterwards"));
}

// `txt remove` ended with 0 while the value stood: the path was wrong, not the record gone.
TEST_F(SlipInRecords, ThatAsksForAListThatDoesNotExistIsNoEmptyList) {
  records_[3] = {"_acme-challenge", "TXT", "ours"};
  EXPECT_FALSE(run(false, kRecords, R"("get": "/records")", R"("get": "/recrods")"));
  EXPECT_FALSE(run(false, kRecords, R"("delete": "/records/{record}")", R"("delete": "/recrods/x/{record}x")"));
  EXPECT_EQ(records_.size(), 3U);
}

TEST_F(SlipInRecords, ThatCapturesNothingSendsNothing) {
  records_[3] = {"_acme-challenge", "TXT", "ours"};
  EXPECT_FALSE(run(false, kRecords, R"({"record": "/id"})", R"({"record": "/di"})"));
  EXPECT_EQ(records_.size(), 3U);
}

TEST_F(SlipInRecords, IsFoundWhileTheDefinitionIsRead) {
  for (const auto& [right, wrong] :
       {std::pair{R"("name": "/name", )", ""}, std::pair{R"("where": {"/type": "TXT"})", R"("where": {})"},
        std::pair{R"("name": "{relative}", )", ""}, std::pair{R"(/records/{record})", "/records/all"},
        std::pair{R"("text": "{value}")", R"("text": "")"}}) {
    const auto refused = run(true, kRecords, right, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::Settings) << describe(refused.error());
  }
  EXPECT_TRUE(http_.requests().empty());
}

// ---- An API in XML that takes a blank filter for "all", as Plesk documents it: every record of every zone was gone.

constexpr char kXml[] = R"("answers": "xml", "records": {
  "list": {"post": "/", "xml": {"packet": {"dns": {"get_rec": {"filter": {"site": "7"}}}}}, "items": "/packet/dns/get_rec/result",
    "empty": {"/packet/dns/get_rec/status": "ok", "/packet/dns/get_rec/result": {"present": false}},
    "where": {"/type": "TXT"}, "name": "/host", "value": "/value", "capture": {"record": "/id"}},
  "add": {"post": "/", "xml": {"packet": {"dns": {"add_rec": {"site": "7", "type": "TXT", "host": "{relative}", "value": "{value}"}}}}},
  "remove": {"post": "/", "xml": {"packet": {"dns": {"del_rec": {"filter": {"id": "{record}"}}}}}}})";

class SlipInXml : public Slipped {
 protected:
  SlipInXml() {
    http_.always([this](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.body.contains("del_rec")) {
        const auto at = request.body.find("<id>");
        if (at == std::string::npos) {
          rows_.clear();
        } else {
          rows_.erase(request.body.substr(at + 4, request.body.find("</id>") - at - 4));
        }
        return HttpResponse{200, {}, "<packet><dns><del_rec><status>ok</status></del_rec></dns></packet>", ""};
      }
      std::string out = "<packet><dns><get_rec><status>ok</status>";
      for (const auto& [id, value] : rows_)
        out += "<result><id>" + id + "</id><type>TXT</type><host>_acme-challenge.home.example.</host><value>" + value +
               "</value></result>";
      return HttpResponse{200, {}, out + "</get_rec></dns></packet>", ""};
    });
  }
  std::map<std::string, std::string> rows_ = {{"1", "theirs"}, {"2", "ours"}, {"3", "also theirs"}};
};

TEST_F(SlipInXml, IsNotWhatHappensToAGoodDefinition) {
  ASSERT_TRUE(run(false, kXml));
  EXPECT_EQ(rows_, (std::map<std::string, std::string>{{"1", "theirs"}, {"3", "also theirs"}}));
  rows_.clear();
  EXPECT_TRUE(run(false, kXml));
}

TEST_F(SlipInXml, ThatLeavesTheFilterBlankSendsNothing) {
  EXPECT_FALSE(run(false, kXml, R"({"id": "{record}"})", "{}"));
  EXPECT_FALSE(run(false, kXml, R"("{record}"}}}}}})", R"(""}}}}}})"));
  EXPECT_FALSE(run(false, kXml, R"({"record": "/id"})", R"({"record": "/ident"})"));
  EXPECT_EQ(rows_.size(), 3U);
}

TEST_F(SlipInXml, ThatMisspellsTheElementIsNoEmptyList) {
  EXPECT_FALSE(run(false, kXml, "/packet/dns/get_rec/result", "/packet/dns/get_rec/resutl"));
  EXPECT_FALSE(run(false, kXml, "/packet/dns/get_rec/result", "/packet/dsn/get_rec/result"));
}

// ---- Sets, which are written whole.

constexpr char kSet[] = R"("set": {
  "read": {"get": "/sets/{relative}", "missing": {"status": 404, "/code": "no-set"}, "records": "/records", "value": "/text"},
  "write": {"put": "/sets/{relative}", "json": {"records": {"each": "records", "give": {"text": "{value}"}}}},
  "delete": {"delete": "/sets/{relative}"}})";

class SlipInASet : public Slipped {
 protected:
  SlipInASet() {
    http_.always([this](const HttpRequest& request) -> Result<HttpResponse> {
      const std::string name = request.url.substr(request.url.rfind('/') + 1);
      if (!request.url.contains("/sets/")) return with({{"code", "no-such-path"}}, 404);
      if (request.method == "PUT") {
        sets_[name].clear();
        for (const json& one : json::parse(request.body).value("records", json::array()))
          sets_[name].push_back(one.value("text", ""));
        return with({});
      }
      const auto found = sets_.find(name);
      if (found == sets_.end()) return with({{"code", "no-set"}}, 404);
      if (request.method == "DELETE") {
        sets_.erase(found);
        return with({});
      }
      json records = json::array();
      for (const std::string& text : found->second) records.push_back({{"text", text}});
      return with({{"records", records}});
    });
  }
  std::map<std::string, std::vector<std::string>> sets_ = {{"_acme-challenge", {"theirs", "also theirs"}}};
};

TEST_F(SlipInASet, IsNotWhatHappensToAGoodDefinition) {
  ASSERT_TRUE(run(true, kSet));
  EXPECT_THAT(sets_.at("_acme-challenge"), ElementsAre("theirs", "also theirs", "ours"));
  ASSERT_TRUE(run(false, kSet));
  EXPECT_THAT(sets_.at("_acme-challenge"), ElementsAre("theirs", "also theirs"));
}

TEST_F(SlipInASet, ThatMisspellsTheRecordsDoesNotOverwriteThem) {
  const auto added = run(true, kSet, R"("records": "/records")", R"("records": "/recrods")");
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("nothing is at \"/recrods\""));
  EXPECT_THAT(sets_.at("_acme-challenge"), ElementsAre("theirs", "also theirs"));
}

TEST_F(SlipInASet, ThatSendsAnotherListSendsNothing) {
  for (const char* list : {"added", "removed", "former", "sets", "written", "existing"}) {
    EXPECT_FALSE(run(true, kSet, R"("each": "records")", std::string(R"("each": ")") + list + "\"")) << list;
    EXPECT_THAT(sets_.at("_acme-challenge"), ElementsAre("theirs", "also theirs")) << list;
  }
}

TEST_F(SlipInASet, ThatReadsElsewhereIsNoEmptySet) {
  EXPECT_FALSE(run(true, kSet, R"("get": "/sets/)", R"("get": "/stes/)"));
  EXPECT_FALSE(run(false, kSet, R"("get": "/sets/)", R"("get": "/stes/)"));
  EXPECT_THAT(sets_.at("_acme-challenge"), ElementsAre("theirs", "also theirs"));
}

TEST_F(SlipInASet, IsFoundWhileTheDefinitionIsRead) {
  for (const auto& [right, wrong] : {std::pair{R"("value": "/text"})", R"("value": "/text", "pages": {"next": "/n"}})"},
                                     std::pair{R"("value": "/text"})", R"("value": "/text", "name": "/name"})"},
                                     std::pair{R"({"status": 404, "/code": "no-set"})", "{}"},
                                     std::pair{R"("/sets/{relative}", "missing")", R"("/sets/all", "missing")"}}) {
    const auto refused = run(true, kSet, right, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::Settings) << describe(refused.error());
  }
}

// ---- A zone that is written whole, by a form.

constexpr char kZone[] = R"("set": {"whole_zone": true,
  "read": {"get": "/zone", "records": "/hosts", "where": {"/type": "TXT"}, "name": "/name", "value": "/text"},
  "write": {"post": "/zone", "form": {"hosts": {"each": "records",
    "give": {"Name{n}": "{relative}", "Type{n}": "TXT", "Text{n}": "{value}"},
    "kept": {"Name{n}": "{item/name}", "Type{n}": "{item/type}", "Text{n}": "{item/text}"}}}}})";

class SlipInAZone : public Slipped {
 protected:
  SlipInAZone() {
    http_.always([this](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.method == "POST") {
        std::map<std::string, std::string> form;
        for (const std::string& pair : splitList(request.body, "&")) {
          const auto equals = pair.find('=');
          form[pair.substr(0, equals)] = percentDecode(pair.substr(equals + 1)).value_or("");
        }
        hosts_.clear();
        for (int n = 1; form.contains("Name" + std::to_string(n)); ++n) {
          const std::string i = std::to_string(n);
          hosts_.push_back(form["Name" + i] + " " + form["Type" + i] + " " + form["Text" + i]);
        }
        return with({});
      }
      json hosts = json::array();
      for (const std::string& host : hosts_) {
        const auto words = splitList(host, " ");
        hosts.push_back({{"name", words.at(0)}, {"type", words.at(1)}, {"text", words.at(2)}});
      }
      return with({{"hosts", hosts}});
    });
  }
  std::vector<std::string> hosts_ = {"@ A 192.0.2.1", "@ MX mail", "@ TXT v=spf1"};
};

TEST_F(SlipInAZone, IsNotWhatHappensToAGoodDefinition) {
  ASSERT_TRUE(run(true, kZone)) << log_.text();
  EXPECT_THAT(hosts_, ElementsAre("@ A 192.0.2.1", "@ MX mail", "@ TXT v=spf1", "_acme-challenge TXT ours"));
  ASSERT_TRUE(run(false, kZone));
  EXPECT_THAT(hosts_, ElementsAre("@ A 192.0.2.1", "@ MX mail", "@ TXT v=spf1"));
}

TEST_F(SlipInAZone, ThatWouldLoseARecordSendsNothing) {
  for (const auto& [right, wrong] :
       {std::pair{R"("records": "/hosts")", R"("records": "/host")"},
        std::pair{R"("each": "records")", R"("each": "added")"}, std::pair{R"("each": "records")", R"("each": "former")"},
        std::pair{"{item/text}", "{item/tetx}"}, std::pair{"{item/name}", "{item/nmae}"},
        std::pair{R"("Text{n}": "{item/text}")", R"("X{n}": "y")"}}) {
    EXPECT_FALSE(run(true, kZone, right, wrong)) << wrong;
    EXPECT_THAT(hosts_, UnorderedElementsAre("@ A 192.0.2.1", "@ MX mail", "@ TXT v=spf1")) << wrong;
  }
}

}  // namespace
}  // namespace sidecert::dns::providers
