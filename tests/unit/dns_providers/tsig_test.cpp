#include "dns/providers/tsig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr TimePoint kNow = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

TsigKey keyNamed(const std::string& name, const std::string& secret = kSecret) {
  return parseTsigKey("key " + name + " { algorithm hmac-sha256; secret \"" + secret + "\"; };", "").value();
}

// An empty UPDATE of home.example.
std::string message() {
  return std::string("\x12\x34\x28\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) + std::string("\4home\7example\0\0\6\0\1", 18);
}

// An answer a server would give: the message with QR set, signed over the question's signature.
std::string answerSignedBy(const TsigKey& key, const std::string& request_mac, TimePoint now) {
  std::string bare = message();
  bare[2] = static_cast<char>(0xA8);
  // A signature over "MAC length, MAC, message" is that of a message which begins so; only the header differs.
  std::string prefix = {static_cast<char>(request_mac.size() >> 8U), static_cast<char>(request_mac.size() & 0xFFU)};
  prefix += request_mac;
  SignedMessage plain = signMessage(bare, key, now);
  const std::string variables = plain.octets.substr(bare.size());
  // Name, type and class, TTL, length, then the data: what is digested is put together from the same pieces.
  const std::size_t name_size = key.name.size() + 2;
  const std::string name = variables.substr(0, name_size);
  const std::string algorithm = std::string("\13hmac-sha256\0", 13);
  const std::string time = variables.substr(name_size + 10 + algorithm.size(), 8);
  const std::string digested =
      prefix + bare + name + std::string("\0\xFF\0\0\0\0", 6) + algorithm + time + std::string(4, '\0');
  const std::string mac = crypto::hmac(key.hash, key.secret.reveal(), digested);
  return plain.octets.replace(plain.octets.find(plain.mac), plain.mac.size(), mac);
}

TEST(TsigKeyFile, IsReadAsBindWritesIt) {
  const auto key =
      parseTsigKey(std::string("# made by tsig-keygen\nkey \"Acme.Example.\" {\n\talgorithm HMAC-SHA512; // strong\n"
                               "\tsecret \"") +
                       kSecret + "\"; /* keep */\n};\nkey \"second\" { };",
                   "");
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(key->name, "acme.example");
  EXPECT_EQ(key->algorithm, "hmac-sha512");
  EXPECT_EQ(key->secret.reveal(), "0123456789abcdef0123456789abcdef");
}

TEST(TsigKeyFile, IsReadAsDnssecKeygenWritesIt) {
  const auto record =
      parseTsigKey(std::string("acme.example. IN KEY 512 3 163 MDEyMzQ1Njc4OWFiY2Rl ZjAxMjM0NTY3ODlhYmNkZWY=\n"),
                   "/keys/Kacme.example.+163+00001.key");
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_EQ(record->name, "acme.example");
  EXPECT_EQ(record->secret.size(), 32U);

  const auto secret_file =
      parseTsigKey(std::string("Private-key-format: v1.3\nAlgorithm: 165 (HMAC_SHA512)\nKey: ") + kSecret + "\nBits: AAA=\n",
                   "/keys/Kacme.example.+165+00001.private");
  ASSERT_TRUE(secret_file) << secret_file.error().what;
  EXPECT_EQ(secret_file->name, "acme.example");
  EXPECT_EQ(secret_file->algorithm, "hmac-sha512");
}

TEST(TsigKeyFile, KnowsEveryAlgorithmButSha224) {
  for (const char* name :
       {"hmac-md5", "hmac-md5.sig-alg.reg.int", "hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512"}) {
    EXPECT_TRUE(parseTsigKey(std::string("key k { algorithm ") + name + "; secret \"" + kSecret + "\"; };", "")) << name;
  }
  const auto other = parseTsigKey(std::string("key k { algorithm hmac-sha224; secret \"") + kSecret + "\"; };", "");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr("hmac-sha256, hmac-sha384"));
}

TEST(TsigKeyFile, IsRefusedWithoutShowingTheSecret) {
  const std::string canary = "CANARYcanaryCANARY";
  for (const std::string& text :
       {std::string(), std::string("key"), "key k { algorithm hmac-sha256; secret \"" + canary + "!\"; };",
        "key k { secret \"" + canary + "\"; };", "key \"\" { algorithm hmac-sha256; secret \"" + canary + "\"; };",
        std::string("k. IN KEY 512 3 163"), "Private-key-format: v1.3\nAlgorithm: 163\nKey: " + canary, canary}) {
    const auto key = parseTsigKey(text, "/keys/nameless.private");
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::Settings);
    EXPECT_THAT(describe(key.error()), Not(HasSubstr(canary))) << text;
  }
}

TEST(Tsig, SignsAsTheRfcSays) {
  // Recomputed by hand with `openssl dgst -mac HMAC` over message, name, class ANY, TTL 0, algorithm, time, fudge, 0, 0.
  const auto key = keyNamed("k");
  const auto signed_message = signMessage(message(), key, kNow);
  std::string digested = message() + std::string("\1k\0\0\xFF\0\0\0\0", 9) + std::string("\13hmac-sha256\0", 13);
  digested += std::string("\0\0\x69\xA3\x81\x80\x01\x2C\0\0\0\0", 12);
  EXPECT_EQ(hex(signed_message.mac), hex(crypto::hmac(crypto::Hash::Sha256, "0123456789abcdef0123456789abcdef", digested)));
  EXPECT_EQ(signed_message.octets[11], 1);  // ARCOUNT
}

TEST(Tsig, TakesAnAnswerSignedByTheSameKey) {
  const auto key = keyNamed("k");
  const auto request = signMessage(message(), key, kNow);
  const auto verdict =
      checkAnswer(answerSignedBy(key, request.mac, kNow), key, request.mac, kNow + std::chrono::seconds(299));
  ASSERT_TRUE(verdict) << verdict.error().what;
  EXPECT_TRUE(verdict->present);
  EXPECT_TRUE(verdict->verified);
}

TEST(Tsig, RefusesEveryOtherAnswer) {
  const auto key = keyNamed("k");
  const auto request = signMessage(message(), key, kNow);
  const std::string good = answerSignedBy(key, request.mac, kNow);
  const auto verified = [&](const std::string& wire, const TsigKey& by, const std::string& mac, TimePoint now) {
    const auto verdict = checkAnswer(wire, by, mac, now);
    return verdict && verdict->verified;
  };
  ASSERT_TRUE(verified(good, key, request.mac, kNow));
  EXPECT_FALSE(verified(good, keyNamed("k", "b3RoZXI="), request.mac, kNow)) << "another secret";
  EXPECT_FALSE(verified(good, keyNamed("other"), request.mac, kNow)) << "another key name";
  EXPECT_FALSE(verified(good, key, std::string(32, 'x'), kNow)) << "the answer to another question";
  EXPECT_FALSE(verified(good, key, request.mac, kNow + std::chrono::hours(1))) << "an old answer";
  for (std::size_t i = 2; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    // The class and TTL octets of the record itself are not signed: constants of the RFC are, in their place.
    const std::size_t record = message().size() + 3;
    if (i >= record + 2 && i < record + 8) continue;
    EXPECT_FALSE(verified(changed, key, request.mac, kNow)) << "octet " << i;
  }
}

TEST(Tsig, SurvivesCutAndLyingMessages) {
  const auto key = keyNamed("k");
  const auto request = signMessage(message(), key, kNow);
  const std::string good = answerSignedBy(key, request.mac, kNow);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto verdict = checkAnswer(good.substr(0, size), key, request.mac, kNow);
    EXPECT_FALSE(verdict && verdict->verified) << size;
  }
  const std::string loop = good.substr(0, 12) + "\xC0\x0C\0\6\0\1";
  EXPECT_FALSE(checkAnswer(loop, key, request.mac, kNow));
}

}  // namespace
}  // namespace sidecert::dns::providers
