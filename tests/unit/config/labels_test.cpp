// Several certificates and several NAS.
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

TEST_F(Validate, TwoLabelsOfOneDsmAreRefused) {
  const auto validated = with({{"SYNO_USERNAME", "u"},
                               {"SYNO_PASSWORD", "p"},
                               {"NAS_ONE_SYNO_HOSTNAME", "nas.lan"},
                               {"NAS_TWO_SYNO_HOSTNAME", "nas.lan"}});
  EXPECT_THAT(validated.faults, Contains(HasSubstr("the same DSM")));
}

TEST_F(Validate, SeveralCertificatesAndSeveralNas) {
  Environment environment({{"ACME_DNS", "cloudflare"},
                           {"CF_Token", "shared"},
                           {"CERT_HOME_ACME_DOMAINS", "home.example"},
                           {"CERT_HOME_SYNO_CERTIFICATE", "Home"},
                           {"CERT_WORK_ACME_DOMAINS", "work.example"},
                           {"CERT_WORK_CF_Token", "own"},
                           {"CERT_WORK_SYNO_CERTIFICATE", "Work"},
                           {"CERT_WORK_NAS", "attic"},
                           {"SYNO_USERNAME", "u"},
                           {"SYNO_PASSWORD", "p"},
                           {"NAS_ATTIC_SYNO_HOSTNAME", "attic.lan"},
                           {"NAS_CELLAR_SYNO_HOSTNAME", "cellar.lan"}},
                          files_);
  const Validated validated = validate(environment, words());
  ASSERT_THAT(validated.faults, IsEmpty());
  const auto& [home, work] = std::tie(validated.settings->certificates.at(0), validated.settings->certificates.at(1));
  EXPECT_EQ(home.provider_variables.at("CF_Token").reveal(), "shared");
  EXPECT_EQ(work.provider_variables.at("CF_Token").reveal(), "own");
  EXPECT_THAT(home.targets, SizeIs(2));
  ASSERT_THAT(work.targets, SizeIs(1));
  EXPECT_EQ(work.targets.front().host, "attic.lan");
  EXPECT_EQ(work.targets.front().certificate, "Work");
}

TEST_F(Validate, TwoCertificatesForOneEntryAreRefused) {
  Environment environment({{"ACME_DNS", "dns_cf"},
                           {"CERT_A_ACME_DOMAINS", "a.example"},
                           {"CERT_B_ACME_DOMAINS", "b.example"},
                           {"SYNO_USERNAME", "u"},
                           {"SYNO_PASSWORD", "p"}},
                          files_);
  EXPECT_THAT(validate(environment, words()).faults, Contains(HasSubstr("would replace the same entry")));
}

class TwoCertificates : public Validate {
 protected:
  Validated with(std::map<std::string, std::string> more) {
    std::map<std::string, std::string> all = std::move(more);
    for (const auto& [name, value] : std::map<std::string, std::string>{{"ACME_DNS", "dns_cf"},
                                                                        {"CERT_A_ACME_DOMAINS", "*.home.example"},
                                                                        {"CERT_A_SYNO_CERTIFICATE", "a"},
                                                                        {"CERT_B_ACME_DOMAINS", "other.example"},
                                                                        {"CERT_B_SYNO_CERTIFICATE", "b"},
                                                                        {"SYNO_USERNAME", "u"},
                                                                        {"SYNO_PASSWORD", "p"}})
      all.emplace(name, value);
    Environment environment(all, files_);
    return validate(environment, words());
  }
};

TEST_F(TwoCertificates, MayNotBothBeTheDefault) {
  EXPECT_THAT(with({{"SYNO_AS_DEFAULT", "1"}}).faults, ElementsAre(HasSubstr("CERT_B_SYNO_AS_DEFAULT")));
  EXPECT_THAT(with({{"CERT_A_SYNO_AS_DEFAULT", "1"}}).faults, IsEmpty());
}

TEST_F(TwoCertificates, MayNotClaimTheSameServices) {
  for (const char* word : {"default", "all", "inherit", "FTPS", "ftps"})
    EXPECT_THAT(with({{"CERT_A_SYNO_SERVICES", lower(word)}, {"CERT_B_SYNO_SERVICES", word}}).faults,
                ElementsAre(HasSubstr("CERT_B_SYNO_SERVICES")))
        << word;
  EXPECT_THAT(with({{"CERT_A_SYNO_SERVICES", "all"}, {"CERT_B_SYNO_SERVICES", "FTPS"}}).faults, SizeIs(1));
  EXPECT_THAT(with({{"CERT_A_SYNO_SERVICES", "FTPS"}, {"CERT_B_SYNO_SERVICES", "all"}}).faults, SizeIs(1));
  EXPECT_THAT(with({{"CERT_A_SYNO_SERVICES", "default"}, {"CERT_B_SYNO_SERVICES", "FTPS"}}).faults, IsEmpty());
}

TEST_F(TwoCertificates, MayBothBeForTheHostsTheyCoverUnlessTheyCoverTheSame) {
  EXPECT_THAT(with({{"SYNO_SERVICES", "covered"}}).faults, IsEmpty());
  EXPECT_THAT(with({{"SYNO_SERVICES", "covered"}, {"CERT_B_ACME_DOMAINS", "nas.home.example"}}).faults,
              ElementsAre(HasSubstr("reverse-proxy hosts that both cover")));
}

TEST_F(TwoCertificates, OnlyTheFirstMayInheritWhereNothingIsSet) {
  const Validated validated = with({});
  ASSERT_THAT(validated.faults, IsEmpty());
  EXPECT_THAT(validated.settings->certificates[0].targets.front().services, IsEmpty());
  EXPECT_THAT(validated.settings->certificates[1].targets.front().services, ElementsAre("keep"));
  EXPECT_THAT(validated.notes, Contains(HasSubstr("CERT_B_SYNO_SERVICES")));
}

// Settings without a label beside labels.

TEST_F(Validate, NamesWithoutALabelBesideLabelsAreOneMoreCertificate) {
  const Validated validated = with({{"ACME_DOMAINS", "home.example"}, {"CERT_OFFICE_ACME_DOMAINS", "office.example"}});
  ASSERT_THAT(validated.faults, IsEmpty());
  ASSERT_THAT(validated.settings->certificates, SizeIs(2));
  EXPECT_THAT(validated.settings->certificates[0].names, ElementsAre("home.example"));
  EXPECT_THAT(validated.settings->certificates[1].names, ElementsAre("office.example"));
}

TEST_F(Validate, NamesWithoutALabelThatALabelTakesOverAreNoneMore) {
  const Validated validated = with({{"ACME_DOMAINS", "home.example"}, {"CERT_HOME_ACME_KEYLENGTH", "2048"}});
  ASSERT_THAT(validated.faults, IsEmpty());
  ASSERT_THAT(validated.settings->certificates, SizeIs(1));
  EXPECT_EQ(validated.settings->certificates[0].key_length, KeyLength::Rsa2048);
}

TEST_F(Validate, AnIncompleteCertificateWithoutALabelIsAFault) {
  Environment environment({{"ACME_DOMAINS", "home.example"},
                           {"CERT_OFFICE_ACME_DOMAINS", "office.example"},
                           {"CERT_OFFICE_ACME_DNS", "dns_cf"},
                           {"CF_Token", "token"}},
                          files_);
  EXPECT_THAT(validate(environment, words()).faults, ElementsAre(HasSubstr("ACME_DNS (the certificate without a label)")));
}

TEST_F(Validate, NamesBesideALabelsOwnFolderAreAnotherCertificate) {
  const Validated validated = with({{"ACME_DOMAINS", "home.example"},
                                    {"CERT_FILES_DEPLOY_FROM", "/certs"},
                                    {"SYNO_USERNAME", "u"},
                                    {"SYNO_PASSWORD", "p"},
                                    {"SYNO_CERTIFICATE", "home"},
                                    {"CERT_FILES_SYNO_CERTIFICATE", "files"}});
  ASSERT_THAT(validated.faults, IsEmpty());
  ASSERT_THAT(validated.settings->certificates, SizeIs(2));
  EXPECT_THAT(validated.settings->certificates[0].names, ElementsAre("home.example"));
  EXPECT_EQ(validated.settings->certificates[1].deploy_from, "/certs");
  EXPECT_THAT(validated.settings->certificates[1].names, IsEmpty());
}

TEST_F(Validate, ANasWithoutALabelBesideLabelsIsOneMore) {
  const Validated validated = with({{"SYNO_HOSTNAME", "first.lan"},
                                    {"SYNO_USERNAME", "u"},
                                    {"SYNO_PASSWORD", "p"},
                                    {"NAS_ATTIC_SYNO_HOSTNAME", "attic.lan"}});
  ASSERT_THAT(validated.faults, IsEmpty());
  const auto& targets = validated.settings->certificates.front().targets;
  ASSERT_THAT(targets, SizeIs(2));
  EXPECT_EQ(targets[0].host, "first.lan");
  EXPECT_EQ(targets[1].host, "attic.lan");
}

TEST_F(Validate, AnAccountThatALabelTakesOverIsNoNasOfItsOwn) {
  const Validated validated =
      with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"NAS_ATTIC_SYNO_HOSTNAME", "attic.lan"}});
  ASSERT_THAT(validated.faults, IsEmpty());
  EXPECT_THAT(validated.settings->certificates.front().targets, SizeIs(1));
}

TEST_F(Validate, AnIncompleteNasWithoutALabelIsAFault) {
  EXPECT_THAT(with({{"SYNO_HOSTNAME", "first.lan"},
                    {"NAS_ATTIC_SYNO_HOSTNAME", "attic.lan"},
                    {"NAS_ATTIC_SYNO_USERNAME", "u"},
                    {"NAS_ATTIC_SYNO_PASSWORD", "p"}})
                  .faults,
              ElementsAre(HasSubstr("SYNO_USERNAME (the NAS without a label)"),
                          HasSubstr("SYNO_PASSWORD (the NAS without a label)")));
}

TEST_F(Validate, SlipsBelowLabelsAreNotedToo) {
  EXPECT_THAT(with({{"CERT_HOME_SYNO_PASSWROD", "x"}}).notes, Contains(HasSubstr("did you mean CERT_HOME_SYNO_PASSWORD?")));
  EXPECT_THAT(with({{"NAS_OLD_ATTIC_SYNO_HOSTNAM", "x"}}).notes,
              Contains(HasSubstr("did you mean NAS_OLD_ATTIC_SYNO_HOSTNAME?")));
  EXPECT_THAT(with({{"NAS_IP", "x"}, {"CERT_FILE", "y"}, {"NAS_BACKUP_DIR", "z"}}).notes, IsEmpty());
}

TEST_F(Validate, SaysWhatHasNoEffectBelowALabel) {
  EXPECT_THAT(with({{"CERT_HOME_LOG_LEVEL", "debug"}}).notes, Contains(HasSubstr("CERT_HOME_LOG_LEVEL has no effect")));
  EXPECT_THAT(with({{"NAS_ATTIC_ACME_EMAIL", "a@b"}, {"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}}).notes,
              Contains(HasSubstr("NAS_ATTIC_ACME_EMAIL has no effect")));
}

TEST_F(Validate, ALabelHoldsLettersDigitsAndUnderscores) {
  for (const char* name : {"CERT_../../x_ACME_DOMAINS", "CERT_my-cert_ACME_DOMAINS", "NAS_a b_SYNO_HOSTNAME"})
    EXPECT_THAT(with({{name, "x.example"}, {"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}}).faults,
                Contains(HasSubstr("letters, digits and underscores")))
        << name;
  EXPECT_THAT(with({{"CERT_my_2nd_ACME_DOMAINS", "x.example"}}).faults, IsEmpty());
}

}  // namespace
}  // namespace sidecert::config
