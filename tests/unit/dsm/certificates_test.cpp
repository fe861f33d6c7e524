#include "dsm/certificates.h"

#include <gmock/gmock.h>

#include "fake_dsm.h"

namespace sidecert::dsm {
namespace {

using testing::certificateOf;
using ::testing::ElementsAre;
using testing::entryObject;

std::vector<Entry> read(const Json& entries) {
  return readList(Json{{"certificates", entries}}).value();
}

TEST(ListedTime, IsReadWithASpacePaddedDay) {
  EXPECT_EQ(toIso(parseListedTime("Aug  4 00:00:01 2024 GMT").value()), "2024-08-04T00:00:01Z");
  EXPECT_EQ(toIso(parseListedTime("Feb 29 23:59:59 2028 GMT").value()), "2028-02-29T23:59:59Z");
}

TEST(ListedTime, IsNothingWhenItIsAnythingElse) {
  for (const auto* text :
       {"", "Aug 4 2024", "Foo  4 00:00:00 2024 GMT", "Feb 30 00:00:00 2024 GMT", "Aug  4 24:00:00 2024 GMT",
        "Aug  4 00:00:00 2024 CET", "2024-08-04T00:00:00Z", "Aug  4 00:00 2024 GMT", "Aug  4 00:00:00 99999999999 GMT"}) {
    EXPECT_FALSE(parseListedTime(text)) << text;
  }
}

TEST(CertificateList, SurvivesAbsentAndOddMembers) {
  const auto entries = read(Json::parse(R"([{"id":"a"},{"desc":"no id"},7,{"id":"b","desc":5,"services":[3,{"service":"x"}],
      "subject":{"sub_alt_name":["A.example","10.0.0.1","::1",9]},"is_default":"yes"}])"));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_FALSE(entries[0].names);
  EXPECT_THAT(*entries[1].names, ElementsAre("a.example"));
  EXPECT_FALSE(entries[1].is_default);
  EXPECT_EQ(entries[1].services.size(), 1U);
}

TEST(CertificateList, IsABadAnswerWithoutAList) {
  EXPECT_EQ(readList(Json::object()).error().code, ErrorCode::BadAnswer);
  EXPECT_EQ(readList(Json()).error().code, ErrorCode::BadAnswer);
}

TEST(CertificateList, KeepsServiceObjectsVerbatim) {
  const std::string object = R"({"service":"x","zeta":1,"alpha":{"b":[1,2.50],"a":null},"subscriber":"s","isPkg":false})";
  const auto entries = read(Json::parse(R"([{"id":"a","services":[)" + object + "]}]"));
  EXPECT_EQ(Json::parse(entries[0].services[0].verbatim).dump(), Json::parse(object).dump());
  EXPECT_THAT(entries[0].services[0].verbatim, ::testing::StartsWith(R"({"service":"x","zeta":1,"alpha":{"b")"));
}

TEST(CertificateList, KnowsOursByDatesAndNames) {
  const auto ours = certificateOf(testing::kOurLeaf);
  auto object = entryObject("a", "home", testing::kOurLeaf);
  EXPECT_TRUE(shows(read(Json::array({object}))[0], ours));
  EXPECT_FALSE(shows(read(Json::array({entryObject("a", "home", testing::kOldLeaf)}))[0], ours));
  object["subject"]["sub_alt_name"] = {"home.example"};
  EXPECT_FALSE(shows(read(Json::array({object}))[0], ours));
  object["subject"].erase("sub_alt_name");
  EXPECT_TRUE(shows(read(Json::array({object}))[0], ours));
  object["subject"]["common_name"] = "other.example";
  EXPECT_FALSE(shows(read(Json::array({object}))[0], ours));
}

TEST(Description, SaysTheNamesOfACertificateWithoutCommonName) {
  Entry entry;
  entry.id = "abc";
  entry.description = "home";
  entry.names = {"home.example", "*.home.example"};
  EXPECT_EQ(describe(entry), "\"home\" (id abc, for home.example and *.home.example, valid until unknown)");
  entry.common_name = "home.example";
  EXPECT_EQ(describe(entry), "\"home\" (id abc, for home.example, valid until unknown)");
}

TEST(Envelope, IsNothingForAnHtmlPageOrNestingWithoutEnd) {
  EXPECT_FALSE(readEnvelope("<html>502 Bad Gateway</html>"));
  EXPECT_FALSE(readEnvelope(""));
  EXPECT_FALSE(readEnvelope("[]"));
  EXPECT_FALSE(readEnvelope(R"({"success":"true"})"));
  EXPECT_FALSE(readEnvelope("{\"success\":true,\"data\":\"\xff\"}"));
  EXPECT_FALSE(readEnvelope(R"({"success":true,"data":)" + std::string(5000, '[') + std::string(5000, ']') + "}"));
}

TEST(Envelope, TakesErrorsOfAnyShape) {
  EXPECT_EQ(readEnvelope(R"({"success":false,"error":{"code":403,"errors":[1]}})")->refusal->code, 403);
  EXPECT_EQ(readEnvelope(R"({"success":false,"error":{"code":108,"errors":"x"}})")->refusal->code, 108);
  EXPECT_EQ(readEnvelope(R"({"success":false})")->refusal->code, 100);
}

}  // namespace
}  // namespace sidecert::dsm
