// The nine pains owners of a NAS tell of most, each met by the program that ships.
#include <netdb.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <array>
#include <optional>

#include "dsm_world.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

class Pain : public DsmWorld {};

TEST_F(Pain, One_TwoFactorLoginDiesAndTheSecretNeverDoes) {
  dsm_.changeAccount("sidecert", [](auto& account) { account.totp_secret = kSecret; });
  renew();
  environment_["SYNO_OTP_CODE"] = dsm_.otpCode("sidecert");
  ASSERT_EQ(sidecert().code, 0);
  // "Sign out all devices": the next look says so, though the certificate is good for months, and asks once.
  dsm_.forgetDevices();
  const auto logins = dsm_.logins();
  for (int start = 0; start < 3; ++start) {
    const Run run = sidecert({"renew"});
    EXPECT_EQ(run.code, 0) << "nothing is due yet: " << run.output;
  }
  EXPECT_EQ(dsm_.logins(), logins);
  const Run look = sidecert({"deploy"});
  EXPECT_EQ(look.code, 1);
  EXPECT_THAT(look.output, AllOf(HasSubstr("the certificate is there"), HasSubstr("SYNO_TOTP_SECRET")));
  EXPECT_EQ(sidecert({"health"}).code, 1);
  environment_["SYNO_TOTP_SECRET"] = kSecret;
  for (int renewal = 0; renewal < 2; ++renewal) {
    const auto made = renew();
    const Run run = sidecert();
    EXPECT_EQ(run.code, 0) << run.output;
    EXPECT_EQ(dsm_.servedSha256(), made.certificate.sha256());
  }
}

TEST_F(Pain, Two_ServicesMoveToTheNewCertificateAndStatusTellsWhichUsesWhich) {
  const auto built_in = dsm_.defaultId();
  dsm_.addService({.display_name = "photos.home.example", .subscriber = "ReverseProxy", .service = "uuid-1"}, built_in);
  dsm_.addService({.display_name = "stranger.example", .subscriber = "ReverseProxy", .service = "uuid-2"}, built_in);
  environment_["SYNO_SERVICES"] = "default,covered,FTPS,QuickConnect";
  renew();
  const Run run = sidecert();
  ASSERT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("QuickConnect (DSM does not let it be moved)"));
  const auto ours = entryCalled("home").services;
  EXPECT_THAT(ours, ::testing::UnorderedElementsAre("system/default", "ReverseProxy/uuid-1", "smbftpd/ftpd"));
  const Run status = sidecert({"status"});
  EXPECT_THAT(status.output, HasSubstr("photos.home.example"));
  EXPECT_THAT(status.output, HasSubstr("stranger.example"));
  // They stay with every renewal, and nothing is assigned again.
  renew();
  ASSERT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.count("SYNO.Core.Certificate.Service", "set"), 1U);
  EXPECT_THAT(entryCalled("home").services, Contains("smbftpd/ftpd"));
}

TEST_F(Pain, Three_AFailureIsNeverSilent) {
  renew();
  environment_["SYNO_PASSWORD"] = "wrong";
  const Run run = sidecert();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("the NAS cannot be given the certificate"), HasSubstr("SYNO_PASSWORD"),
                                HasSubstr("next try at")));
  for (const auto& command : {"status", "health"}) {
    const Run told = sidecert({command});
    EXPECT_THAT(told.output, HasSubstr("the password is wrong")) << command;
  }
  EXPECT_EQ(sidecert({"health"}).code, 1);
}

TEST_F(Pain, Three_ASuccessThatIsNotServedIsNotCalledProved) {
  environment_["SYNO_SERVICES"] = "keep";
  renew();
  const Run run = sidecert();
  EXPECT_EQ(run.code, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("no service of DSM uses it"));
  EXPECT_THAT(sidecert({"status"}).output, HasSubstr("no service of DSM uses it"));
}

TEST_F(Pain, Four_ANumberBecomesAClick) {
  struct Row {
    int code;
    const char* click;
  };
  renew();
  for (const Row& row :
       {Row{105, "tick administrators"}, Row{5511, "ACME_KEYLENGTH=2048"}, Row{150, "skipping IP checking"}}) {
    const auto ec = ca_.issue({.names = {"home.example"}, .key_type = crypto::KeyType::EcP256});
    write(ec);
    dsm_.disturb({.api = "SYNO.Core.Certificate",
                  .method = "import",
                  .how = DsmDisturbance::How::Code,
                  .code = row.code,
                  .times = row.code == 150 ? 2 : 1});
    environment_["SYNO_DEVICE_NAME"] = "fresh start " + std::to_string(row.code);  // changed settings end the hold
    const Run run = sidecert();
    EXPECT_EQ(run.code, 1) << run.output;
    EXPECT_THAT(run.output, AllOf(HasSubstr(std::to_string(row.code)), HasSubstr(row.click)));
  }
}

TEST_F(Pain, Five_AWrongEntryIsNeverReplaced) {
  dsm_.addOddCertificates();
  dsm_.addCertificate({.names = {"another.example"}});
  dsm_.addCertificate({.description = "the default", .names = {"main.example"}, .as_default = true});
  const auto before = dsm_.entries();
  renew();
  for (const auto* wanted : {"", "twice", "no such text"}) {
    environment_["SYNO_CERTIFICATE"] = wanted;
    environment_["SYNO_CREATE"] = "0";
    const Run run = sidecert();
    EXPECT_EQ(run.code, 1) << wanted;
    EXPECT_THAT(run.output, HasSubstr("SYNO_CERTIFICATE")) << wanted;
  }
  EXPECT_EQ(dsm_.importsDone(), 0U);
  environment_["SYNO_CERTIFICATE"] = R"(she said "hi" \ bye)";
  ASSERT_EQ(sidecert().code, 0);
  for (const auto& entry : before) {
    const auto now = dsm_.entry(entry.id);
    ASSERT_TRUE(now);
    EXPECT_EQ(now->sha256 != entry.sha256, entry.description == R"(she said "hi" \ bye)") << entry.description;
    EXPECT_EQ(now->description, entry.description);
  }
}

TEST_F(Pain, Six_LocalhostInABridgeNetworkIsToldAtOnce) {
  renew();
  environment_["SYNO_SCHEME"] = "http";
  environment_["SYNO_HOSTNAME"] = "localhost";
  dsm_.startOutage(DsmOutage::Refused);
  environment_["SYNO_PORT"] = std::to_string(dsm_.httpPort());
  ChildProcess process(daemon());
  EXPECT_TRUE(process.waitForLine("network_mode: host", std::chrono::seconds(60))) << process.output();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(std::chrono::seconds(60)), 0) << process.output();
  EXPECT_EQ(dsm_.logins(), 0U);
}

/// A name of this machine that is neither localhost nor an address, and what it leads to.
std::optional<std::pair<std::string, std::string>> nameOfThisMachine() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  addrinfo hints{};
  hints.ai_family = AF_INET;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.data(), nullptr, &hints, &found) != 0 || found == nullptr) return std::nullopt;
  std::array<char, NI_MAXHOST> address{};
  getnameinfo(found->ai_addr, found->ai_addrlen, address.data(), address.size(), nullptr, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  return std::pair(std::string(host.data()), std::string(address.data()));
}

TEST_F(Pain, Seven_AnExpiredCertificateOnDsmDoesNotBlockItsOwnRenewal) {
  const auto machine = nameOfThisMachine();
  if (!machine) GTEST_SKIP() << "this machine's name leads to no address, so there is no other host to speak of";
  DsmEmulator nas({.address = machine->second});
  const auto old =
      nas.addCertificate({.description = "home", .names = {"home.example"}, .valid_days = -3, .as_default = true});
  nas.removeCertificate(nas.entries().front().id);
  environment_["SYNO_HOSTNAME"] = machine->first;
  environment_["SYNO_PORT"] = std::to_string(nas.httpsPort());
  renew();
  // Nobody vouches for it: no password is sent, and the message holds what mends it.
  const Run refused = sidecert();
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(nas.logins(), 0U);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("SYNO_TLS_FINGERPRINT"), HasSubstr(nas.entry(old)->sha256)));
  environment_["SYNO_TLS_FINGERPRINT"] = nas.entry(old)->sha256;
  for (int renewal = 0; renewal < 2; ++renewal) {  // the second finds what the first left, which no fingerprint names
    const auto made = renew();
    const Run run = sidecert();
    EXPECT_EQ(run.code, 0) << run.output;
    EXPECT_EQ(nas.servedSha256(), made.certificate.sha256());
  }
}

TEST_F(Pain, Eight_FiftyRestartsImportNothingAndLogInNowhere) {
  renew();
  ASSERT_EQ(sidecert().code, 0);
  const auto before = dsm_.calls().size();
  for (int restart = 0; restart < 50; ++restart) ASSERT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.calls().size(), before);
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

TEST_F(Pain, Eight_FiftyRestartsWithAWrongPasswordAreOneLogin) {
  renew();
  environment_["SYNO_PASSWORD"] = "wrong";
  for (int restart = 0; restart < 50; ++restart) ASSERT_EQ(sidecert().code, 1);
  EXPECT_EQ(dsm_.logins(), 1U);
  EXPECT_FALSE(dsm_.blocked("127.0.0.1"));
}

TEST_F(Pain, Nine_AWrongChainIsMendedOrRefusedBeforeItIsSent) {
  // A full chain where the chain should be, with blank lines and a leaf too many: what DSM gets is right.
  auto made = ca_.issue({.names = {"home.example"}, .key_type = crypto::KeyType::Rsa2048});
  std::ofstream(certs() / "ca.cer") << "\n\n" << made.pem << "\r\n" << made.chain;
  std::ofstream(certs() / "home.key") << made.key_pem;
  ASSERT_EQ(sidecert().code, 0);
  const auto entry = entryCalled("home");
  EXPECT_EQ(entry.leaf_pem, made.pem);
  EXPECT_EQ(entry.chain_pem, made.chain);
  // A chain of somebody else beside a new leaf: by hand it is refused, and DSM hears nothing of it.
  const auto stranger = TestCa("Stranger").intermediate("Below a stranger").issue();
  write(ca_.issue({.names = {"home.example"}, .key_type = crypto::KeyType::Rsa2048}));
  std::ofstream(certs() / "chain.pem") << stranger.chain;
  const auto before = dsm_.calls().size();
  const Run run = sidecert({"deploy", "--cert", (certs() / "cert.pem").string(), "--key", (certs() / "privkey.pem").string(),
                            "--chain", (certs() / "chain.pem").string()});
  EXPECT_EQ(run.code, 1) << run.output;
  EXPECT_EQ(dsm_.calls().size(), before);
}

}  // namespace
}  // namespace sidecert::testing
