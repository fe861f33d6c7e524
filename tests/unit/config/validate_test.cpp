#include "config/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "support/crashing_file_system.h"

namespace sidecert::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Vocabulary words() {
  return {.to_ascii = [](std::string_view name) -> Result<std::string> {
            if (name.find("..") != std::string_view::npos) return fail(ErrorCode::Settings, "an empty label");
            return std::string(name);
          },
          .cas = {{.name = "letsencrypt", .directory = "https://le.example/dir"},
                  {.name = "google", .directory = "https://google.example/dir", .needs_external_account = true},
                  {.name = "sslcom",
                   .directory = "https://ssl.example/ecc",
                   .rsa_directory = "https://ssl.example/rsa",
                   .wants_email = true,
                   .wildcards = false,
                   .most_names = 2}},
          .providers = {{.id = "dns_cf", .aliases = {"cloudflare"}, .variables = {"CF_Token"}},
                        {.id = "dns_nsupdate", .aliases = {}, .variables = {"NSUPDATE_SERVER", "NSUPDATE_KEY"}}}};
}

class Validate : public ::testing::Test {
 protected:
  Validated with(std::map<std::string, std::string> more, Purpose purpose = Purpose::Run) {
    std::map<std::string, std::string> all = std::move(more);
    if (purpose == Purpose::Run) {
      all.emplace("ACME_DOMAINS", "home.example");
      all.emplace("ACME_DNS", "dns_cf");
      all.emplace("CF_Token", "token");
    }
    Environment environment(all, files_);
    return validate(environment, words(), purpose);
  }
  CertificateSettings certificate(std::map<std::string, std::string> more) {
    auto validated = with(std::move(more));
    EXPECT_THAT(validated.faults, IsEmpty());
    return validated.settings ? validated.settings->certificates.front() : CertificateSettings{};
  }
  sidecert::testing::CrashingFileSystem files_;
};

TEST_F(Validate, NeedsThreeValuesAndFillsInTheRest) {
  const CertificateSettings settings = certificate({});
  EXPECT_THAT(settings.names, ElementsAre("home.example"));
  EXPECT_THAT(settings.servers, ElementsAre("https://le.example/dir"));
  EXPECT_EQ(settings.key_length, KeyLength::Ec256);
  EXPECT_THAT(settings.targets, IsEmpty());
  EXPECT_EQ(settings.provider_variables.at("CF_Token").reveal(), "token");
}

TEST_F(Validate, KnowsThreeChallenges) {
  EXPECT_EQ(certificate({}).challenge, ChallengeKind::Dns01);
  EXPECT_EQ(certificate({{"ACME_CHALLENGE", "dns-account-01"}}).challenge, ChallengeKind::DnsAccount01);
  EXPECT_EQ(certificate({{"ACME_CHALLENGE", "DNS-PERSIST-01"}}).challenge, ChallengeKind::DnsPersist01);
  EXPECT_THAT(with({{"ACME_CHALLENGE", "http-01"}}).faults, Contains(HasSubstr("dns-persist-01")));
}

TEST_F(Validate, NeedsNoProviderForARecordThatIsSetOnce) {
  EXPECT_THAT(with({{"ACME_DNS", ""}}).faults, Contains(HasSubstr("ACME_DNS")));
  const CertificateSettings settings = certificate({{"ACME_DNS", ""}, {"ACME_CHALLENGE", "dns-persist-01"}});
  EXPECT_THAT(settings.providers, IsEmpty());
}

TEST_F(Validate, ReadsTheMacOfAnExternalAccount) {
  EXPECT_EQ(certificate({}).eab_algorithm, EabAlgorithm::Hs256);
  EXPECT_EQ(certificate({{"ACME_EAB_ALGORITHM", "HS512"}}).eab_algorithm, EabAlgorithm::Hs512);
}

TEST_F(Validate, GoesToTheDirectoryForTheKindOfKey) {
  EXPECT_THAT(certificate({{"ACME_SERVER", "sslcom"}}).servers, ElementsAre("https://ssl.example/ecc"));
  EXPECT_THAT(certificate({{"ACME_SERVER", "sslcom"}, {"ACME_KEYLENGTH", "4096"}}).servers,
              ElementsAre("https://ssl.example/rsa"));
}

TEST_F(Validate, NotesThatACaWantsAnAddress) {
  EXPECT_THAT(with({{"ACME_SERVER", "sslcom"}}).notes, Contains(HasSubstr("ACME_EMAIL")));
  EXPECT_THAT(with({{"ACME_SERVER", "sslcom"}, {"ACME_EMAIL", "me@a.example"}}).notes,
              Not(Contains(HasSubstr("ACME_EMAIL"))));
}

TEST_F(Validate, NotesWhatAFreeAccountDoesNotGet) {
  EXPECT_THAT(with({{"ACME_SERVER", "sslcom"}, {"ACME_DOMAINS", "*.a.example"}}).notes, Contains(HasSubstr("wildcard")));
  EXPECT_THAT(with({{"ACME_SERVER", "sslcom"}, {"ACME_DOMAINS", "a.example,b.example,c.example"}}).notes,
              Contains(HasSubstr("2 names")));
}

TEST_F(Validate, ReportsEveryFaultInOneGo) {
  const Validated validated = with({{"ACME_DOMAINS", "a..b"},
                                    {"ACME_SERVER", "letsencrpyt"},
                                    {"ACME_DNS", "dns_cff"},
                                    {"ACME_KEYLENGTH", "1024"},
                                    {"SYNO_PORT", "70000"},
                                    {"LOG_LEVEL", "loud"}});
  EXPECT_FALSE(validated.settings);
  EXPECT_THAT(validated.faults, Contains(HasSubstr("ACME_DOMAINS: 'a..b'")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("ACME_SERVER: 'letsencrpyt'")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("did you mean dns_cf?")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("ACME_KEYLENGTH: '1024' is not one of ec-256")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("SYNO_PORT: '70000' is not a whole number from 1 to 65535")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("SYNO_USERNAME: is not set")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("SYNO_PASSWORD: is not set")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("LOG_LEVEL: 'loud'")));
}

TEST_F(Validate, SaysWhatIsMissingWhenNothingIsSet) {
  Environment environment({}, files_);
  const Validated validated = validate(environment, words());
  EXPECT_THAT(validated.faults, Contains(HasSubstr("ACME_DOMAINS: is not set")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("ACME_DNS: is not set")));
}

TEST_F(Validate, DropsDoubleNamesAndNamesThatAWildcardCovers) {
  const Validated validated = with({{"ACME_DOMAINS", "home.example, *.home.example,home.example nas.home.example"}});
  ASSERT_TRUE(validated.settings);
  EXPECT_THAT(validated.settings->certificates.front().names, ElementsAre("home.example", "*.home.example"));
  EXPECT_THAT(validated.notes, Contains(HasSubstr("nas.home.example is covered by *.home.example")));
}

TEST_F(Validate, AnEmptySynoVariableIsNoNas) {
  EXPECT_THAT(certificate({{"SYNO_CERTIFICATE", ""}, {"SYNO_USERNAME", ""}}).targets, IsEmpty());
}

TEST_F(Validate, ReadsDsmInAcmeShsSpellingsOldAndNew) {
  const CertificateSettings settings =
      certificate({{"SYNO_Username", "u"}, {"SYNO_PASSWORD", "p$&+#%"}, {"SYNO_Scheme", "https"}, {"SYNO_Create", "0"}});
  ASSERT_THAT(settings.targets, SizeIs(1));
  const NasSettings& nas = settings.targets.front();
  EXPECT_EQ(nas.username, "u");
  EXPECT_EQ(nas.password.reveal(), "p$&+#%");
  EXPECT_EQ(nas.port, 5001);
  EXPECT_FALSE(nas.create);
  EXPECT_FALSE(nas.certificate);
}

TEST_F(Validate, AWindowIsASpanOfTheDay) {
  const auto window = certificate({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_DEPLOY_WINDOW", "23:30-5:00"}})
                          .targets.front()
                          .deploy_window;
  ASSERT_TRUE(window);
  EXPECT_EQ(window->begin, std::chrono::minutes(23 * 60 + 30));
  EXPECT_EQ(window->end, std::chrono::hours(5));
  for (const auto* wrong : {"2-5", "02:00", "02:00-02:00", "25:00-26:00", "02:60-03:00", "two to five"}) {
    const auto typed = with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_DEPLOY_WINDOW", wrong}});
    EXPECT_THAT(typed.faults, ElementsAre(HasSubstr("SYNO_DEPLOY_WINDOW"))) << wrong;
  }
}

TEST_F(Validate, FilesMadeElsewhereNeedNeitherNamesNorDns) {
  sidecert::testing::CrashingFileSystem files;
  Environment environment({{"DEPLOY_FROM", "/certs"}, {"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}}, files);
  const auto validated = validate(environment, words());
  ASSERT_TRUE(validated.settings) << validated.faults.front();
  EXPECT_EQ(validated.settings->certificates.front().title(), "deploy-from");
  EXPECT_EQ(validated.settings->certificates.front().subject(), "/certs");
}

TEST_F(Validate, FilesMadeElsewhereAreNoOrderAndGoSomewhere) {
  const auto selected = certificate({{"DEPLOY_FROM", "/certs"}, {"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}});
  EXPECT_THAT(selected.names, ElementsAre("home.example")) << "ACME_DOMAINS selects";
  sidecert::testing::CrashingFileSystem files;
  Environment environment({{"DEPLOY_FROM", "certs"}}, files);
  EXPECT_THAT(validate(environment, words()).faults,
              ::testing::UnorderedElementsAre(HasSubstr("no absolute path"), HasSubstr("where to deploy")));
}

TEST_F(Validate, TheSameNamesTwiceAreOneCertificate) {
  EXPECT_THAT(with({{"CERT_A_ACME_DOMAINS", "a.example,b.example"}, {"CERT_B_ACME_DOMAINS", "b.example,a.example"}}).faults,
              ElementsAre(HasSubstr("two certificates are for the same names")));
}

TEST_F(Validate, TheTemporaryAdministratorNeedsNoAccount) {
  const NasSettings nas = certificate({{"SYNO_USE_TEMP_ADMIN", "1"}}).targets.front();
  EXPECT_TRUE(nas.use_temp_admin);
  EXPECT_TRUE(nas.username.empty());
}

TEST_F(Validate, TwoLabelsOfOneDsmAreRefused) {
  const auto validated = with({{"SYNO_USERNAME", "u"},
                               {"SYNO_PASSWORD", "p"},
                               {"NAS_ONE_SYNO_HOSTNAME", "nas.lan"},
                               {"NAS_TWO_SYNO_HOSTNAME", "nas.lan"}});
  EXPECT_THAT(validated.faults, Contains(HasSubstr("the same DSM")));
}

TEST_F(Validate, AHostNameIsNotAUrl) {
  EXPECT_THAT(with({{"SYNO_HOSTNAME", "https://nas:5001"}, {"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}}).faults,
              Contains(HasSubstr("SYNO_SCHEME and SYNO_PORT")));
}

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

TEST_F(Validate, SuggestsTheVariableThatWasMeant) {
  EXPECT_THAT(with({{"SYNO_PASWORD", "secret-canary"}}).notes, Contains(HasSubstr("did you mean SYNO_PASSWORD?")));
  EXPECT_THAT(with({{"CF_Tokn", "x"}}).notes, Contains(HasSubstr("did you mean CF_Token?")));
  EXPECT_THAT(with({{"PATH", "/bin"}, {"HOSTNAME", "x"}, {"HOME", "/"}}).notes, IsEmpty());
}

TEST_F(Validate, NeverRepeatsASecretInAFault) {
  const Validated validated =
      with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "canary-1"}, {"SYNO_TOTP_SECRET", "canary-2!"}});
  for (const std::string& fault : validated.faults) EXPECT_THAT(fault, ::testing::Not(HasSubstr("canary")));
  EXPECT_THAT(validated.faults, Contains(HasSubstr("SYNO_TOTP_SECRET: is not base32")));
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

TEST_F(Validate, QuotesBelongToWhatAFileHolds) {
  ASSERT_TRUE(files_.makeDirectories("/secrets", 0700));
  ASSERT_TRUE(files_.writeSynced("/secrets/password", "\"really quoted\"\n", 0600));
  const CertificateSettings settings = certificate({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD_FILE", "/secrets/password"}});
  EXPECT_EQ(settings.targets.front().password.reveal(), "\"really quoted\"");
}

TEST_F(Validate, TheWindowCountsInTheZoneOfTz) {
  const auto offset = [&](const std::string& zone) {
    const auto validated =
        with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_DEPLOY_WINDOW", "02:00-05:00"}, {"TZ", zone}});
    EXPECT_THAT(validated.notes, IsEmpty()) << zone;
    return validated.settings->certificates.front().targets.front().deploy_window->utc_offset;
  };
  EXPECT_EQ(offset("Asia/Kolkata"), std::chrono::minutes(330));
  EXPECT_EQ(offset("IST-5:30"), std::chrono::minutes(330));
  EXPECT_THAT(
      with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_DEPLOY_WINDOW", "02:00-05:00"}, {"TZ", "Europe/Berlln"}})
          .notes,
      Contains(HasSubstr("TZ='Europe/Berlln'")));
}

TEST_F(Validate, ProvidersByZone) {
  const CertificateSettings settings = certificate({{"ACME_DNS", "a.example=dns_nsupdate, dns_cf"}});
  ASSERT_THAT(settings.providers, SizeIs(2));
  EXPECT_EQ(settings.providers[0].zone, "a.example");
  EXPECT_EQ(settings.providers[0].provider, "dns_nsupdate");
  EXPECT_EQ(settings.providers[1].zone, "");
}

TEST_F(Validate, ACaThatWantsAnAccountOfItsOwnSaysSo) {
  EXPECT_THAT(with({{"ACME_SERVER", "google"}}).faults, Contains(HasSubstr("ACME_EAB_KID")));
  EXPECT_THAT(with({{"ACME_SERVER", "google"}, {"ACME_EAB_KID", "k"}}).faults, Contains(HasSubstr("ACME_EAB_HMAC_KEY")));
  EXPECT_THAT(with({{"ACME_SERVER", "google"}, {"ACME_EAB_KID", "k"}, {"ACME_EAB_HMAC_KEY", "h"}}).faults, IsEmpty());
}

TEST_F(Validate, ADirectoryMustBeHttps) {
  EXPECT_THAT(with({{"ACME_SERVER", "http://ca.example/dir"}}).faults, Contains(HasSubstr("ACME_SERVER")));
}

TEST_F(Validate, TxtNeedsAProviderOnlyAndDeployANasOnly) {
  EXPECT_THAT(with({{"ACME_DNS", "dns_cf"}}, Purpose::Dns).faults, IsEmpty());
  EXPECT_THAT(with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}}, Purpose::Deploy).faults, IsEmpty());
  EXPECT_THAT(with({}, Purpose::Deploy).faults, Contains(HasSubstr("SYNO_USERNAME")));
  EXPECT_THAT(with({}, Purpose::Look).faults, IsEmpty());
}

TEST_F(Validate, TheDataFolderMustBeAbsolute) {
  EXPECT_THAT(with({{"SIDECERT_DATA", "data"}}).faults, Contains(HasSubstr("SIDECERT_DATA: 'data' is no absolute path")));
}

TEST_F(Validate, TheStatusPageIsServedWhereStatusListenSays) {
  const auto listen = [&](const std::string& typed) {
    const auto validated = with({{"STATUS_LISTEN", typed}});
    if (!validated.settings || !validated.settings->status_listen) return std::string("nowhere");
    const ListenAddress& at = *validated.settings->status_listen;
    return at.host + " " + std::to_string(at.port);
  };
  EXPECT_EQ(listen(""), "nowhere");
  EXPECT_EQ(listen("8090"), " 8090");
  EXPECT_EQ(listen(":8090"), " 8090");
  EXPECT_EQ(listen("127.0.0.1:8090"), "127.0.0.1 8090");
  EXPECT_EQ(listen("[::1]:80"), "::1 80");
  EXPECT_EQ(listen("NAS.lan:8090"), "nas.lan 8090");
  for (const char* wrong :
       {"127.0.0.1", "::1:8090", "0", "65536", "a:b:80", "http://nas:80", "nas:", "nas:80/x", "u@nas:80"})
    EXPECT_THAT(with({{"STATUS_LISTEN", wrong}}).faults, Contains(HasSubstr("STATUS_LISTEN: '"))) << wrong;
}

TEST_F(Validate, TheStatusPageMayHaveNames) {
  const auto validated = with({{"STATUS_HOST", "Status.Example.net nas.example.net"}});
  ASSERT_TRUE(validated.settings);
  EXPECT_THAT(validated.settings->status_hosts, ElementsAre("status.example.net", "nas.example.net"));
  for (const char* wrong : {"http://nas.example.net", "nas.example.net/x", "u@nas.example.net"})
    EXPECT_THAT(with({{"STATUS_HOST", wrong}}).faults, Contains(HasSubstr("STATUS_HOST: '"))) << wrong;
}

TEST_F(Validate, AFingerprintMayHaveColonsAndCapitals) {
  std::string pin;
  for (int i = 0; i < 32; ++i) pin += std::string(i == 0 ? "" : ":") + "AB";
  EXPECT_EQ(certificate({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_TLS_FINGERPRINT", pin}})
                .targets.front()
                .tls_fingerprint.size(),
            64U);
  EXPECT_THAT(with({{"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}, {"SYNO_TLS_FINGERPRINT", "AB"}}).faults,
              Contains(HasSubstr("SYNO_TLS_FINGERPRINT")));
}

TEST(Registry, NamesAreUniqueAndExplained) {
  std::set<std::string_view> seen;
  for (const Variable* variable : registry()) {
    EXPECT_TRUE(seen.insert(variable->name).second) << variable->name;
    EXPECT_FALSE(variable->meaning.empty()) << variable->name;
    EXPECT_FALSE(variable->group.empty()) << variable->name;
  }
}

TEST_F(Validate, TakesAliasesForAllDomainsOrInTheirOrder) {
  const CertificateSettings settings = certificate({{"ACME_DOMAINS", "www.home.example,*.home.example,other.example"},
                                                    {"ACME_CHALLENGE_ALIAS", "a.example, no ,=txt.example"},
                                                    {"ACME_DOMAIN_ALIAS", "no"}});
  EXPECT_EQ(settings.challenge_alias, "a.example,no,=txt.example");
  EXPECT_EQ(settings.domain_alias, "");
  // www is left out of the order, and yet the aliases go by what was typed.
  EXPECT_THAT(settings.names, ElementsAre("*.home.example", "other.example"));
  EXPECT_THAT(settings.alias_domains, ElementsAre("www.home.example", "*.home.example", "other.example"));
}

TEST_F(Validate, RefusesTwoAliasesForOneDomainOnly) {
  EXPECT_THAT(with({{"ACME_CHALLENGE_ALIAS", "a.example"}, {"ACME_DOMAIN_ALIAS", "b.example"}}).faults,
              ElementsAre(HasSubstr("ACME_DOMAIN_ALIAS")));
  EXPECT_THAT(with({{"ACME_CHALLENGE_ALIAS", "a.example,no"}, {"ACME_DOMAIN_ALIAS", "no,b.example"}}).faults, IsEmpty());
  EXPECT_THAT(with({{"ACME_CHALLENGE_ALIAS", "a..example"}}).faults, ElementsAre(HasSubstr("ACME_CHALLENGE_ALIAS")));
}

}  // namespace
}  // namespace sidecert::config
