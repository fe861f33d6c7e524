#include "crypto/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "support/child_process.h"
#include "support/temp_directory.h"

namespace sidecert::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The example of RFC 7638 section 3.1.
// The key of RFC 7638 section 3.1, its private half from RFC 7517 appendix A.2.
constexpr std::string_view kRfc7638Key =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIEowIBAAKCAQEA0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78L\n"
    "hWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc/BJECPebWKRXjBZCiFV4n3oknj\n"
    "hMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt7/RN5w6Cf0h4QyQ5v+65YGjQR0/F\n"
    "DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO\n"
    "pbISD08qNLyrdkt+bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ+G/xBni\n"
    "Iqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDKgwIDAQABAoIBAF+HE7XiWP4J+BWD\n"
    "7FwfK3V4seb8LINRSzeRNxGhukSaFR/hyyyg/TO3ceaKOxlEZJ3IZ60cHlJAu4U+\n"
    "XySzNFmxQCjS1mNr7+wejal0s1L8U9P2En6oo8Kd0U85QWgsVqeHaBZOTdqPBsv5\n"
    "xzSq6AAyJCeOqUVKIbF8sG0XgHWGjMBbPbb/Hf3D1WN4tO2t7fDDekzcJtHUmsJv\n"
    "b+O1Igpd0pOWYhu8aIzy7uLG4NVNo8eCAUzQc52yUsxRyuuo0/G4JLqrJNBo7JAy\n"
    "ZNfWeKsI8G7J5+I9lgYot0S/lLNpRlZGPH5Bc5ntc9B2yJH89GOpqpzmLanNF+I3\n"
    "3CqAAvECgYEA83i+7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxt\n"
    "PVnwD20R+60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQy\n"
    "qVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfsCgYEA3dfO\n"
    "R9cuYq+0S+mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgT\n"
    "nCdpYzBcOfW5r370AFXjiWft/NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ+1k\n"
    "Yd/s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxkCgYAbiw9eRzphr3Lyglb38guP\n"
    "jG6mm7SXOL8ftVORLzGPlJ1fdygTSiKZjDEiLZ6ZMC57RQ5rl2mAUbIEnhzy1DZU\n"
    "XjTZdG6AoNM/xqRiEWjm0ADvtB782a25hlzcLebcjbgbYa9HmxIPFTIA3bOrwt+f\n"
    "0RSazqtjc5vxh6IqROIGPQKBgQCz2UAf1+CAGygVHw5pzZH8TaDDbzatPaQY4CG8\n"
    "iWURMTV5+sDqG5RS8x8FwymfyWp5bq/POdhjlJJAXukx0L9qAjecbwhunUFRvQlS\n"
    "KtpE2pR8uFxBv930YXgOHt7vhZtGyhtGie6NNg3XEJo/pM7rWO9atf4vXy3FfDj3\n"
    "hD9yCQKBgBsjP6eia18kos9baBYCm1lfiXSN40OMqbva2zFsd60CQX5rdBaGM4FC\n"
    "GRFRRHDqsHpkTfNc6AwGmvgZNCljRg4yR2Q3Q5hYVtwDe5SPqbsZP5h2Ridda8ck\n"
    "fDueVy0nt0j5kXysGSOslNuGcb0ChWCLXZXVChszuiGus0yoQFUV\n"
    "-----END RSA PRIVATE KEY-----\n";

TEST(Thumbprint, IsThatOfRfc7638) {
  EXPECT_EQ(PrivateKey::fromPem(kRfc7638Key).value().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Thumbprint, IsTheHashOfTheRequiredMembersOnly) {
  constexpr std::string_view jwk =
      R"({"e":"AQAB","kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})";
  EXPECT_EQ(base64Url(sha256(jwk)), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  const auto key = PrivateKey::generate(KeyType::Rsa2048);
  EXPECT_THAT(key.publicJwk(), StartsWith(R"({"e":"AQAB","kty":"RSA","n":")"));
  EXPECT_EQ(key.thumbprint(), base64Url(sha256(key.publicJwk())));
}

// The private key of RFC 7515 appendix A.3, as SEC1.
constexpr std::string_view kRfc7515Key =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\n"
    "AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\n"
    "focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END EC PRIVATE KEY-----\n";

TEST(PublicJwk, OfAnEcKeyHasPaddedCoordinates) {
  const auto key = PrivateKey::fromPem(kRfc7515Key);
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(
      key->publicJwk(),
      R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  EXPECT_EQ(key->algorithm(), "ES256");
}

TEST(Key, KnowsItsTypeAndAlgorithm) {
  struct Case {
    KeyType type;
    const char *text, *algorithm;
    bool ec;
  };
  for (const auto& c : {Case{KeyType::EcP256, "EC P-256", "ES256", true}, Case{KeyType::EcP384, "EC P-384", "ES384", true},
                        Case{KeyType::Rsa2048, "RSA 2048", "RS256", false}}) {
    const auto key = PrivateKey::generate(c.type);
    EXPECT_EQ(key.typeText(), c.text);
    EXPECT_EQ(key.algorithm(), c.algorithm);
    EXPECT_EQ(key.isEc(), c.ec);
  }
}

TEST(Key, SurvivesPem) {
  for (const auto type : {KeyType::EcP256, KeyType::EcP384, KeyType::Rsa2048}) {
    const auto key = PrivateKey::generate(type);
    const auto pem = key.toPem();
    EXPECT_THAT(pem.reveal(), StartsWith("-----BEGIN PRIVATE KEY-----\n"));
    const auto again = PrivateKey::fromPem(pem.reveal());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->publicJwk(), key.publicJwk());
  }
}

TEST(Key, CopiesAreTheSameKey) {
  const auto key = PrivateKey::generate(KeyType::EcP256);
  PrivateKey copy = PrivateKey::generate(KeyType::EcP256);
  copy = key;
  EXPECT_EQ(copy.thumbprint(), key.thumbprint());
  const PrivateKey moved = std::move(copy);
  EXPECT_EQ(moved.thumbprint(), key.thumbprint());
}

// Written by OpenSSL's own program, to be sure of the forms met in the wild.
class KeyForms : public ::testing::Test {
 protected:
  std::string make(const std::string& command) {
    testing::ChildProcess shell(
        {.command = {"sh", "-c", command + " 2>/dev/null"}, .environment = {}, .directory = directory_.path()});
    EXPECT_EQ(shell.wait(), 0) << shell.output();
    return shell.output();
  }
  testing::TempDirectory directory_;
};

TEST_F(KeyForms, Pkcs1Sec1AndPkcs8AreRead) {
  EXPECT_TRUE(PrivateKey::fromPem(make("openssl genrsa -traditional 2048")));
  EXPECT_TRUE(PrivateKey::fromPem(make("openssl genrsa 2048")));
  EXPECT_TRUE(PrivateKey::fromPem(make("openssl ecparam -name secp384r1 -genkey")));  // EC PARAMETERS stand before the key
  EXPECT_TRUE(PrivateKey::fromPem(make("openssl ecparam -name prime256v1 -genkey | openssl ec -conv_form compressed")));
}

TEST_F(KeyForms, ACompressedPointGivesTheSameJwk) {
  make("openssl ecparam -name prime256v1 -genkey -noout -out k.pem; openssl ec -in k.pem -conv_form compressed -out c.pem");
  const auto plain = PrivateKey::fromPem(make("cat k.pem"));
  const auto compressed = PrivateKey::fromPem(make("cat c.pem"));
  ASSERT_TRUE(plain && compressed);
  EXPECT_EQ(plain->publicJwk(), compressed->publicJwk());
}

TEST_F(KeyForms, AProtectedKeyIsNamedAsSuchAndNobodyIsAsked) {
  for (const auto* command :
       {"openssl genrsa -aes128 -passout pass:x 2048", "openssl genrsa -traditional -aes128 -passout pass:x 2048"}) {
    const auto key = PrivateKey::fromPem(make(command));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::BadAnswer);
    EXPECT_THAT(key.error().what, HasSubstr("password"));
  }
}

TEST_F(KeyForms, UnusableKeysAreNamed) {
  EXPECT_THAT(PrivateKey::fromPem(make("openssl genrsa 1024")).error().what, HasSubstr("1024"));
  EXPECT_THAT(PrivateKey::fromPem(make("openssl genpkey -algorithm ed25519")).error().what, HasSubstr("ED25519"));
  EXPECT_THAT(PrivateKey::fromPem(make("openssl ecparam -name secp521r1 -genkey -noout")).error().what, HasSubstr("521"));
}

TEST(KeyFromPem, SaysWhatItFoundAndNeverShowsTheText) {
  EXPECT_THAT(PrivateKey::fromPem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().what,
              HasSubstr("certificate"));
  EXPECT_THAT(PrivateKey::fromPem("").error().what, HasSubstr("no private key"));
  auto damaged = std::string(kRfc7515Key);
  damaged.replace(60, 8, "SECRETXX");
  const auto key = PrivateKey::fromPem(damaged);
  ASSERT_FALSE(key);
  EXPECT_THAT(describe(key.error()), Not(HasSubstr("SECRETXX")));
}

TEST_F(KeyForms, ASignatureIsVerifiedByOpenSsl) {
  const auto key = PrivateKey::generate(KeyType::Rsa2048);
  std::ofstream(directory_ / "k.pem") << key.toPem().reveal();
  std::ofstream(directory_ / "data") << "signed";
  std::ofstream(directory_ / "sig", std::ios::binary) << key.sign("signed");
  EXPECT_THAT(make("openssl pkey -in k.pem -pubout -out p.pem; openssl dgst -sha256 -verify p.pem -signature sig data"),
              HasSubstr("OK"));
}

TEST_F(KeyForms, APssSignatureIsVerifiedByOpenSsl) {
  const auto key = PrivateKey::generate(KeyType::Rsa2048);
  std::ofstream(directory_ / "k.pem") << key.toPem().reveal();
  std::ofstream(directory_ / "data") << "signed";
  std::ofstream(directory_ / "sig", std::ios::binary) << key.signPss(Hash::Sha256, "signed").value();
  EXPECT_THAT(make("openssl pkey -in k.pem -pubout -out p.pem; openssl dgst -sha256 -sigopt rsa_padding_mode:pss "
                   "-sigopt rsa_pss_saltlen:32 -verify p.pem -signature sig data"),
              HasSubstr("OK"));
  EXPECT_FALSE(PrivateKey::generate(KeyType::EcP256).signPss(Hash::Sha256, "signed"));
}

TEST_F(KeyForms, ThePublicHalfIsTheDerOpenSslWrites) {
  const auto key = PrivateKey::generate(KeyType::Rsa2048);
  std::ofstream(directory_ / "k.pem") << key.toPem().reveal();
  EXPECT_EQ(make("openssl pkey -in k.pem -pubout -outform DER"), key.publicDer());
}

// One signature in 128 has a short r or s: without padding a CA refuses it now and then.
TEST(EcSignature, IsPaddedEvenWhenANumberIsShort) {
  for (const auto& [type, size] : {std::pair{KeyType::EcP256, 32U}, std::pair{KeyType::EcP384, 48U}}) {
    const auto key = PrivateKey::generate(type);
    bool short_r = false;
    bool short_s = false;
    for (int i = 0; i < 20'000 && !(short_r && short_s); ++i) {
      const auto signature = key.sign(std::to_string(i));
      ASSERT_EQ(signature.size(), 2 * size);
      short_r = short_r || signature[0] == 0;
      short_s = short_s || signature[size] == 0;
    }
    EXPECT_TRUE(short_r && short_s);
  }
}

TEST_F(KeyForms, ARequestCarriesEveryNameAndNoSubject) {
  for (const auto type : {KeyType::EcP256, KeyType::EcP384, KeyType::Rsa2048}) {
    const auto key = PrivateKey::generate(type);
    std::ofstream(directory_ / "r.der", std::ios::binary)
        << key.certificationRequest({"home.example", "*.home.example", "xn--bcher-kva.example"});
    const auto text = make(
        "openssl req -inform DER -in r.der -noout -text -verify; openssl req -inform DER -in r.der -noout -verify && echo "
        "verified");
    EXPECT_THAT(text, HasSubstr("verified"));
    EXPECT_THAT(text, HasSubstr("DNS:home.example, DNS:*.home.example, DNS:xn--bcher-kva.example"));
    EXPECT_THAT(text, ::testing::ContainsRegex("Subject: *\n"));
  }
}

}  // namespace
}  // namespace sidecert::crypto
