// Values and the files they are read from.
#include "base/text.h"
#include "unit/config/validate_fixture.h"

namespace sidecert::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(Validate, ReadsAValueFromAFile) {
  ASSERT_TRUE(files_.makeDirectories("/secrets", 0700));
  ASSERT_TRUE(files_.writeSynced("/secrets/password", "from the file\n", 0600));
  const CertificateSettings settings = certificate({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD_FILE", "/secrets/password"}});
  EXPECT_EQ(settings.targets.front().password.reveal(), "from the file");
}

TEST_F(Validate, AMissingFileIsAFaultThatNamesIt) {
  EXPECT_THAT(with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD_FILE", "/secrets/none"}}).faults,
              Contains(HasSubstr("SYNO_PASSWORD_FILE: there is no file /secrets/none")));
}

class SecretFile : public Validate {
 protected:
  Validated withPassword(std::string bytes) {
    EXPECT_TRUE(files_.makeDirectories("/secrets", 0700));
    EXPECT_TRUE(files_.writeSynced("/secrets/password", bytes, 0600));
    return with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD_FILE", "/secrets/password"}});
  }
  static std::string passwordOf(const Validated& validated) {
    EXPECT_THAT(validated.faults, IsEmpty());
    return validated.settings ? validated.settings->certificates.front().targets.front().password.reveal() : std::string();
  }
};

TEST_F(SecretFile, LosesAByteOrderMarkWithANote) {
  const auto validated = withPassword("\xEF\xBB\xBFsecret\r\n");
  EXPECT_EQ(passwordOf(validated), "secret");
  EXPECT_THAT(validated.notes, Contains(AllOf(HasSubstr("SYNO_PASSWORD_FILE"), HasSubstr("/secrets/password"),
                                              HasSubstr("byte order mark"))));
}

TEST_F(SecretFile, LosesBlankLinesAroundWithANote) {
  for (const char* bytes : {"\n secret\n", "  \r\n secret\n", " secret\n\n", " secret\n \t\n"}) {
    const auto validated = withPassword(bytes);
    EXPECT_EQ(passwordOf(validated), " secret");
    EXPECT_THAT(validated.notes, Contains(AllOf(HasSubstr("/secrets/password"), HasSubstr("blank lines")))) << bytes;
  }
}

TEST_F(SecretFile, KeepsBlanksAndLinesOfTheValueWithoutANote) {
  const auto validated = withPassword(" one\n\ntwo \r\n");
  EXPECT_EQ(passwordOf(validated), " one\n\ntwo ");
  EXPECT_THAT(validated.notes, Not(Contains(HasSubstr("/secrets/password"))));
}

TEST_F(SecretFile, InUtf16IsAFault) {
  using namespace std::string_literals;
  for (const std::string& bytes : {"\xFF\xFEs\0e\0c\0"s, "\xFE\xFF\0s\0e"s, "s\0e\0c\0"s}) {
    EXPECT_THAT(withPassword(bytes).faults,
                Contains(AllOf(HasSubstr("SYNO_PASSWORD_FILE"), HasSubstr("/secrets/password"), HasSubstr("UTF-8"))));
  }
}

TEST_F(SecretFile, WithAPlaceholderNobodyFilledInIsAFault) {
  for (const char* bytes : {"${NAS_PASSWORD}\n", "${NAS_PASSWORD:-none}"}) {
    EXPECT_THAT(withPassword(bytes).faults, Contains(AllOf(HasSubstr("SYNO_PASSWORD_FILE"), HasSubstr("/secrets/password"),
                                                           HasSubstr("${NAS_PASSWORD"))));
  }
}

TEST_F(Validate, APlaceholderNobodyFilledInIsAFault) {
  EXPECT_THAT(with({{"CF_Token", "${TOKEN}"}}).faults, Contains(AllOf(HasSubstr("CF_Token"), HasSubstr("${TOKEN}"))));
}

TEST_F(Validate, APlaceholderInsideAValueIsNotedWithoutTheValue) {
  const auto validated = with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "se${cr}et"}});
  EXPECT_THAT(validated.faults, IsEmpty());
  EXPECT_THAT(validated.notes, Contains(AllOf(HasSubstr("SYNO_PASSWORD"), HasSubstr("${cr}"), Not(HasSubstr("se${")))));
}

TEST_F(Validate, ADollarIsNoPlaceholder) {
  for (const char* password : {"${", "$NAME", "${}", "${1a}", "${a b}", "a${b"}) {
    const auto validated = with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", password}});
    EXPECT_THAT(validated.faults, IsEmpty()) << password;
    EXPECT_THAT(validated.notes, Not(Contains(HasSubstr("filled in")))) << password;
  }
}

TEST_F(Validate, AValueAndItsFileTogetherAreAFault) {
  EXPECT_THAT(with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_PASSWORD_FILE", "/x"}}).faults,
              Contains(HasSubstr("are both set")));
}

TEST_F(Validate, StripsOnePairOfQuotesWithANote) {
  const Validated validated = with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_CERTIFICATE", "\"Main\""}});
  ASSERT_TRUE(validated.settings);
  EXPECT_EQ(validated.settings->certificates.front().targets.front().certificate, "Main");
  EXPECT_THAT(validated.notes, Contains(HasSubstr("SYNO_CERTIFICATE")));
}

TEST_F(Validate, NeverRepeatsASecretInAFault) {
  const Validated validated =
      with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "canary-1"}, {"SYNO_TOTP_SECRET", "canary-2!"}});
  for (const std::string& fault : validated.faults) EXPECT_THAT(fault, ::testing::Not(HasSubstr("canary")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("SYNO_TOTP_SECRET: is not base32")));
}

TEST_F(Validate, QuotesBelongToWhatAFileHolds) {
  ASSERT_TRUE(files_.makeDirectories("/secrets", 0700));
  ASSERT_TRUE(files_.writeSynced("/secrets/password", "\"really quoted\"\n", 0600));
  const CertificateSettings settings = certificate({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD_FILE", "/secrets/password"}});
  EXPECT_EQ(settings.targets.front().password.reveal(), "\"really quoted\"");
}

}  // namespace
}  // namespace sidecert::config
