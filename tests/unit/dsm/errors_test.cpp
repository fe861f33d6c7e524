#include "dsm/errors.h"

#include <gmock/gmock.h>

namespace sidecert::dsm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Row {
  int code;
  const char* says;
  const char* mends;
};

class LoginCode : public ::testing::TestWithParam<Row> {};

TEST_P(LoginCode, IsToldInPlainWordsWithItsMend) {
  const Error error = explainLogin("certadmin", {.code = GetParam().code, .details = nullptr});
  EXPECT_EQ(error.code, ErrorCode::Refused);
  EXPECT_THAT(error.what,
              AllOf(HasSubstr("certadmin"), HasSubstr(std::to_string(GetParam().code)), HasSubstr(GetParam().says)));
  EXPECT_THAT(error.hint, HasSubstr(GetParam().mends));
  EXPECT_GE(holdAfter(GetParam().code), std::chrono::hours(6));
}

INSTANTIATE_TEST_SUITE_P(Table, LoginCode,
                         ::testing::Values(Row{400, "password is wrong", "$$"}, Row{401, "disabled", "enable the account"},
                                           Row{402, "may not use DSM", "allow DSM"},
                                           Row{403, "second factor", "SYNO_TOTP_SECRET"},
                                           Row{404, "one-time code", "clocks"}, Row{405, "portal", "SYNO_PORT"},
                                           Row{406, "enforces two-factor", "enrol"}, Row{407, "blocked", "Allow/Block List"},
                                           Row{408, "expired", "never expires"}, Row{409, "expired", "change it"},
                                           Row{410, "must be changed", "change it"}, Row{411, "locked", "SYNO_PASSWORD"}),
                         [](const auto& row) { return std::to_string(row.param.code); });

class CallCode : public ::testing::TestWithParam<Row> {};

TEST_P(CallCode, IsToldInPlainWordsWithItsMend) {
  const Error error = explainCall("importing", {.code = GetParam().code, .details = nullptr});
  EXPECT_THAT(error.what, AllOf(HasSubstr(std::to_string(GetParam().code)), HasSubstr(GetParam().says)));
  EXPECT_THAT(error.hint, HasSubstr(GetParam().mends));
}

INSTANTIATE_TEST_SUITE_P(
    Table, CallCode,
    ::testing::Values(
        Row{100, "unknown", "Log Center"}, Row{101, "parameter is missing", "report"},
        Row{102, "does not exist", "SYNO_PORT"}, Row{103, "token", "proxy"}, Row{104, "version", "update"},
        Row{105, "may not", "administrators"}, Row{106, "timed out", "logout timer"},
        Row{107, "another login", "account of its own"}, Row{108, "upload", "report"}, Row{109, "busy", "later"},
        Row{110, "busy", "later"}, Row{111, "busy", "later"}, Row{112, "reserved", "report"}, Row{113, "reserved", "report"},
        Row{114, "lost", "report"}, Row{115, "upload", "administrators"}, Row{116, "demonstration", "SYNO_HOSTNAME"},
        Row{117, "busy", "later"}, Row{118, "busy", "later"}, Row{119, "session", "proxy"},
        Row{120, "wrong or missing", "report"}, Row{150, "another address", "127.0.0.1"},
        Row{160, "privilege", "administrators"}, Row{5503, "content", "report"}, Row{5510, "no certificate", "file"},
        Row{5511, "private key", "key file"}, Row{5512, "intermediate", "without the leaf"},
        Row{5513, "cipher", "ACME_KEYLENGTH=2048"}, Row{5514, "does not belong", "issue again"},
        Row{5515, "issuer", "chain"}, Row{5516, "UTF-8", "files"}, Row{5517, "do not fit", "issue again"},
        Row{5518, "DSA", "2048"}, Row{5519, "signing request", "report"}, Row{5520, "failed", "Let's Encrypt"},
        Row{5521, "validate", "Let's Encrypt"}, Row{5522, "failed", "Let's Encrypt"}, Row{5523, "accounts", "Let's Encrypt"},
        Row{5524, "limit", "Let's Encrypt"}, Row{5525, "mail", "Let's Encrypt"}, Row{5526, "parameter", "Let's Encrypt"},
        Row{5527, "busy", "Let's Encrypt"}, Row{5528, "wildcards", "Let's Encrypt"}, Row{5529, "resolve", "Let's Encrypt"},
        Row{5530, "challenge", "Let's Encrypt"}, Row{5531, "verified name", "Let's Encrypt"},
        Row{5532, "used up", "Let's Encrypt"}, Row{5533, "token", "Let's Encrypt"}, Row{5534, "1024", "2048"},
        Row{9999, "does not know", "Log Center"}),
    [](const auto& row) { return std::to_string(row.param.code); });

TEST(DsmErrors, NameTheParameterThatWasWrong) {
  const Error error = explainCall("listing", {.code = 120, .details = Json{{"name", "id"}, {"reason", "type"}}});
  EXPECT_THAT(error.what, AllOf(HasSubstr("parameter id"), HasSubstr("reason type")));
  EXPECT_THAT(explainCall("importing", {.code = 108, .details = Json{{"upload_err", -8}}}).what, HasSubstr("-8"));
}

TEST(DsmErrors, AdviseRsaWhenAnEcKeyWasRefused) {
  for (const int code : {5511, 5513, 5529}) {
    EXPECT_THAT(explainCall("importing", {.code = code, .details = nullptr}, true).hint, HasSubstr("ACME_KEYLENGTH=2048"));
  }
  EXPECT_THAT(explainCall("importing", {.code = 5511, .details = nullptr}, false).hint, Not(HasSubstr("ACME_KEYLENGTH")));
}

TEST(DsmErrors, SayWhenNoProgramCanAnswerTheSecondFactor) {
  const Json only_push = Json::parse(R"({"types":[{"type":"authenticator"}]})");
  EXPECT_THAT(explainLogin("a", {.code = 403, .details = only_push}).hint, HasSubstr("no program can answer"));
  const Json with_code = Json::parse(R"({"types":[{"type":"authenticator"},{"type":"otp"}]})");
  EXPECT_THAT(explainLogin("a", {.code = 403, .details = with_code}).hint, HasSubstr("SYNO_OTP_CODE"));
}

TEST(DsmErrors, ShowNoControlCharactersOfTheAnswer) {
  EXPECT_THAT(explainCall("x", {.code = 120, .details = Json{{"name", "a\x1b[31m\nb"}}}).what, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace sidecert::dsm
