#include "crypto/x509.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/test_ca.h"

namespace sidecert::crypto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LeafOptions;
using testing::TestCa;
using namespace std::chrono;
using namespace std::chrono_literals;

TimePoint now() {
  return floor<Duration>(system_clock::now());
}

// The example certificate of RFC 9773 appendix A.
constexpr std::string_view kRfc9773 = R"(-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
)";

TEST(Certificate, GivesTheCertIdPartsOfRfc9773) {
  const auto chain = parseChain(kRfc9773);
  ASSERT_TRUE(chain) << chain.error().what;
  EXPECT_EQ(base64Url(chain->front().authorityKeyId()), "aYhba4dGQEHhs3uEe6CuLN4ByNQ");
  EXPECT_EQ(base64Url(chain->front().serial()), "AIdlQyE");
}

TEST(Certificate, SerialKeepsItsLeadingZeroAndAddsNone) {
  const TestCa ca;
  EXPECT_EQ(hex(ca.issue({.serial = "\x87\x65"}).certificate.serial()), "008765");
  EXPECT_EQ(hex(ca.issue({.serial = "\x7F\x65"}).certificate.serial()), "7f65");
  EXPECT_EQ(hex(ca.issue({.serial = "\x01"}).certificate.serial()), "01");
}

TEST(Certificate, TellsItsNamesAndDates) {
  const TestCa ca("My CA");
  const TimePoint from = sys_days{2026y / March / 1} + 1h;
  const TimePoint until = sys_days{2051y / June / 2} + 3s;  // after 2049 the encoding of time changes
  const auto leaf = ca.issue({.names = {"Home.Example", "*.home.example"},
                              .addresses = {"192.0.2.1"},
                              .common_name = "Büro",
                              .not_before = from,
                              .not_after = until})
                        .certificate;
  EXPECT_THAT(leaf.dnsNames(), ElementsAre("home.example", "*.home.example"));
  EXPECT_EQ(leaf.subjectCommonName(), "Büro");
  EXPECT_EQ(leaf.issuerCommonName(), "My CA");
  EXPECT_EQ(leaf.issuerOrganization(), "");
  EXPECT_EQ(leaf.notBefore(), from);
  EXPECT_EQ(leaf.notAfter(), until);
  EXPECT_EQ(leaf.sha256().size(), 64U);
}

TEST(Certificate, MayLackWhatIsOptional) {
  const auto leaf = TestCa().issue({.names = {}, .addresses = {"192.0.2.1"}, .authority_key_id = false}).certificate;
  EXPECT_TRUE(leaf.dnsNames().empty());
  EXPECT_EQ(leaf.subjectCommonName(), "");
  EXPECT_EQ(leaf.authorityKeyId(), "");
}

TEST(Certificate, PemIsWhatOpenSslWrites) {
  const auto issued = TestCa().issue();
  EXPECT_EQ(issued.certificate.toPem(), issued.pem);
  EXPECT_EQ(Certificate::fromDer(issued.certificate.toDer())->sha256(), issued.certificate.sha256());
}

TEST(Certificate, RefusesHalfACertificateAndOneWithATail) {
  const auto der = TestCa().issue().certificate.toDer();
  for (std::size_t length = 0; length < der.size(); length += 7) EXPECT_FALSE(Certificate::fromDer(der.substr(0, length)));
  EXPECT_FALSE(Certificate::fromDer(der + "x"));
  EXPECT_EQ(Certificate::fromDer("hello").error().code, ErrorCode::BadAnswer);
}

TEST(Certificate, CoversByNameOrByOneWildcardLabel) {
  const auto leaf = TestCa().issue({.names = {"home.example", "*.lan.example"}}).certificate;
  EXPECT_TRUE(leaf.covers("HOME.example"));
  EXPECT_TRUE(leaf.covers("nas.lan.example"));
  EXPECT_TRUE(leaf.covers("*.lan.example"));
  EXPECT_FALSE(leaf.covers("*.home.example"));
  EXPECT_FALSE(leaf.covers("a.nas.lan.example"));
  EXPECT_FALSE(leaf.covers("lan.example"));
  EXPECT_FALSE(leaf.covers(".lan.example"));
  EXPECT_FALSE(leaf.covers("example"));
  EXPECT_FALSE(leaf.covers(""));
}

TEST(Certificate, BelongsToItsKeyAlone) {
  const auto issued = TestCa().issue();
  EXPECT_TRUE(issued.certificate.isFor(PrivateKey::fromPem(issued.key_pem).value()));
  EXPECT_FALSE(issued.certificate.isFor(PrivateKey::generate(KeyType::EcP256)));
  EXPECT_FALSE(issued.certificate.isFor(PrivateKey::generate(KeyType::Rsa2048)));
}

TEST(Certificate, IsSignedByItsIssuerAndNotByANamesake) {
  const TestCa ca("Same Name");
  const TestCa namesake("Same Name");
  const auto leaf = ca.issue({.authority_key_id = false}).certificate;
  EXPECT_TRUE(leaf.isSignedBy(ca.certificate()));
  EXPECT_FALSE(leaf.isSignedBy(namesake.certificate()));
  EXPECT_FALSE(ca.certificate().isSignedBy(leaf));
}

TEST(ParseChain, ToleratesTextAroundBlocksAndDosLineEnds) {
  const auto issued = TestCa().intermediate().issue();
  std::string text = "Bag Attributes\r\n" + issued.pem + "\nsubject=/CN=x\n\n" + issued.chain + "trailing";
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\r\n");
  const auto chain = parseChain(text);
  ASSERT_TRUE(chain) << chain.error().what;
  ASSERT_EQ(chain->size(), 2U);
  EXPECT_TRUE(chain->at(0).isSignedBy(chain->at(1)));
}

TEST(ParseChain, PassesOverAKeyBetweenTheCertificates) {
  const auto issued = TestCa().intermediate().issue();
  EXPECT_EQ(parseChain(issued.pem + issued.key_pem + issued.chain)->size(), 2U);
}

TEST(ParseChain, RefusesNoneAndBrokenBlocks) {
  const auto pem = TestCa().issue().pem;
  for (const auto& text :
       {std::string(), std::string("hello"), pem.substr(0, pem.size() / 2), std::string(pem).replace(100, 1, "*"),
        std::string(pem).replace(40, 1, pem[40] == 'A' ? "B" : "A"), pem + "-----BEGIN CERTIFICATE-----\n",
        std::string("-----BEGIN CERTIFICATE-----\n") + pem,
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")}) {
    const auto chain = parseChain(text);
    ASSERT_FALSE(chain) << text;
    EXPECT_EQ(chain.error().code, ErrorCode::BadAnswer);
  }
}

class CheckChain : public ::testing::Test {
 protected:
  Result<> check(const testing::TestCertificate& issued, const std::vector<std::string>& names = {"localhost"},
                 bool want_intermediate = true) const {
    return checkChain(parseChain(issued.fullChain()).value(), PrivateKey::fromPem(issued.key_pem).value(), names, now(),
                      want_intermediate);
  }
  TestCa root_;
  TestCa ca_ = root_.intermediate();
};

TEST_F(CheckChain, TakesARightChain) {
  const auto checked = check(ca_.issue());
  EXPECT_TRUE(checked) << checked.error().what;
  EXPECT_TRUE(check(ca_.intermediate("Deeper").issue()));
}

TEST_F(CheckChain, RefusesAnEmptyChain) {
  EXPECT_FALSE(checkChain({}, PrivateKey::generate(KeyType::EcP256), {}, now(), false));
}

TEST_F(CheckChain, RefusesAForeignKey) {
  const auto checked = checkChain(parseChain(ca_.issue().fullChain()).value(), PrivateKey::generate(KeyType::EcP256),
                                  {"localhost"}, now(), true);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::Refused);
  EXPECT_THAT(checked.error().what, HasSubstr("private key"));
}

TEST_F(CheckChain, RefusesAMissingName) {
  EXPECT_THAT(check(ca_.issue(), {"localhost", "other.example"}).error().what, HasSubstr("other.example"));
}

TEST_F(CheckChain, RefusesWhatIsExpiredOrNotYetValid) {
  EXPECT_THAT(check(ca_.issue({.not_before = now() - 48h, .not_after = now() - 1s})).error().what, HasSubstr("expired"));
  EXPECT_THAT(check(ca_.issue({.not_before = now() + 2h})).error().what, HasSubstr("not valid before"));
  EXPECT_TRUE(check(ca_.issue({.not_before = now() + 5min})));  // a slow clock
}

TEST_F(CheckChain, RefusesAMissingIntermediateOnlyWhenOneIsWanted) {
  EXPECT_THAT(check(root_.issue()).error().what, HasSubstr("no intermediate"));
  EXPECT_TRUE(check(root_.issue(), {"localhost"}, false));
}

TEST_F(CheckChain, RefusesAChainThatDoesNotLink) {
  auto issued = ca_.issue();
  issued.chain = root_.intermediate("Stranger").issue().chain;
  EXPECT_THAT(check(issued).error().what, HasSubstr("not signed by"));
}

}  // namespace
}  // namespace sidecert::crypto
