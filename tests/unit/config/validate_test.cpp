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

TEST_F(Validate, AHostNameIsNotAUrl) {
  EXPECT_THAT(with({{"SYNO_HOSTNAME", "https://nas:5001"}, {"SYNO_USERNAME", "u"}, {"SYNO_PASSWORD", "p"}}).faults,
              Contains(HasSubstr("SYNO_SCHEME and SYNO_PORT")));
}

TEST_F(Validate, SuggestsTheVariableThatWasMeant) {
  EXPECT_THAT(with({{"SYNO_PASWORD", "secret-canary"}}).notes, Contains(HasSubstr("did you mean SYNO_PASSWORD?")));
  EXPECT_THAT(with({{"CF_Tokn", "x"}}).notes, Contains(HasSubstr("did you mean CF_Token?")));
  EXPECT_THAT(with({{"PATH", "/bin"}, {"HOSTNAME", "x"}, {"HOME", "/"}}).notes, IsEmpty());
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

TEST_F(Validate, AnotherProgramsNameIsReadWhereOursIsNotSet) {
  const auto token = [&](std::map<std::string, std::string> more) {
    more.insert({{"ACME_DNS", "dns_cf"}});
    return certificate(more).provider_variables.at("CF_Token").reveal();
  };
  EXPECT_EQ(token({{"CF_Token", ""}, {"CF_DNS_API_TOKEN", "by lego's name"}}), "by lego's name");
  EXPECT_EQ(token({{"CF_Token", "by ours"}, {"CF_DNS_API_TOKEN", "by lego's name"}}), "by ours");
  EXPECT_THAT(with({{"ACME_DNS", "dns_cf"}, {"CF_DNS_API_TOKN", "t"}}).notes, Contains(HasSubstr("CF_DNS_API_TOKEN")));
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
