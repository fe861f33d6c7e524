// The pure pieces: records, names, profiles, nonces, signatures, CAs by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "acme/chains.h"
#include "acme/challenge_names.h"
#include "acme/client.h"
#include "acme/jws.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "acme/nonce_pool.h"
#include "acme/persistent.h"
#include "acme/profiles.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::acme {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kThumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";  // RFC 7638 section 3.1

TEST(ChallengeValue, IsThatOfTheKnownVector) {
  EXPECT_EQ(challengeValue("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", kThumbprint),
            "ZTRx1Ckl1-tM05o5zaizTTA0yUy5AGereMgSNWC6Ll8");
}

TEST(DnsAccount01Name, IsThatOfTheDraftsVector) {
  EXPECT_EQ(dnsAccount01Name("example.org", "https://example.com/acme/acct/ExampleAccount"),
            "_ujmmovf2vn55tgye._acme-challenge.example.org");
}

const PersistentAccount kAccount{"https://ca.example/acct/123", std::string(kThumbprint)};
constexpr std::string_view kPrefix = "https://ca.example/account-hash/";

TEST(HashedAccountUri, IsThatOfTheDraftsVectors) {
  EXPECT_EQ(hashedAccountUri(kPrefix, "example.com", kAccount),
            "https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw");
  EXPECT_EQ(hashedAccountUri(kPrefix, "*", kAccount),
            "https://ca.example/account-hash/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug");
}

TEST(RecordsToPublish, AreOnePerNameWithTheWildcardPolicyWhereItIsNeeded) {
  Directory early;
  early.caa_identities = {"ca.example"};
  EXPECT_THAT(
      recordsToPublish(early, kAccount, {"a.example", "*.a.example", "b.example"}, std::nullopt),
      ElementsAre(PersistentRecord{"_validation-persist.a.example",
                                   "ca.example; accounturi=https://ca.example/acct/123; policy=wildcard"},
                  PersistentRecord{"_validation-persist.b.example", "ca.example; accounturi=https://ca.example/acct/123"}));
}

TEST(RecordsToPublish, HashTheAccountWhereTheDirectoryHasAPrefix) {
  Directory hashed;
  hashed.caa_identities = {"ca.example", "other.example"};
  hashed.issuer_domain_names = {"other.example"};
  hashed.account_hash_prefix = kPrefix;
  const TimePoint until{std::chrono::seconds(1830297600)};
  EXPECT_THAT(
      recordsToPublish(hashed, kAccount, {"example.com"}, until),
      ElementsAre(PersistentRecord{
          "_validation-persist.example.com",
          "other.example; accounturi=https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw; "
          "persistUntil=1830297600"}));
}

TEST(RecordsToPublish, AreNoneWhenTheCaNamesNoIssuer) {
  EXPECT_THAT(recordsToPublish({}, kAccount, {"a.example"}, std::nullopt), IsEmpty());
}

TEST(ParsePersistentValue, IgnoresCaseOfTagsAndUnknownTags) {
  const auto value =
      parsePersistentValue("CA.example ; AccountURI=https://ca.example/A ; policy=WildCard; new=1; persistuntil=10");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->issuer, "ca.example");
  EXPECT_EQ(value->account_uri, "https://ca.example/A") << "compared octet for octet";
  EXPECT_TRUE(value->wildcard);
  EXPECT_EQ(value->until, TimePoint(std::chrono::seconds(10)));
}

TEST(ParsePersistentValue, RefusesWhatIsMalformed) {
  for (const std::string text :
       {"", ";", "ca.example;", "ca.example; ", "ca.example;;accounturi=x", "ca.example; a=1; A=2", "; accounturi=x",
        "ca.example; accounturi", "ca.example; =x", "ca.example; persistUntil=soon", "two words; accounturi=x",
        "ca.example; persistUntil=-1", "ca.example; persistUntil=99999999999999999999"}) {
    EXPECT_FALSE(parsePersistentValue(text)) << text;
  }
}

TEST(Fulfilling, LooksAtIssuerAccountPolicyAndEnd) {
  const PersistentWish wish{.issuers = {"ca.example"}, .account_uris = {"https://ca.example/1"}, .wildcard = true};
  const TimePoint now = testing::kTestStart;
  const auto good = [&](const std::string& value) { return fulfilling({"other text", value}, wish, now).has_value(); };
  EXPECT_TRUE(good("ca.example; accounturi=https://ca.example/1; policy=wildcard"));
  EXPECT_FALSE(good("ca.example; accounturi=https://ca.example/1"));
  EXPECT_FALSE(good("other.example; accounturi=https://ca.example/1; policy=wildcard"));
  EXPECT_FALSE(good("ca.example; accounturi=https://ca.example/2; policy=wildcard"));
  EXPECT_FALSE(good("ca.example; accounturi=https://ca.example/1; policy=wildcard; persistUntil=1"));
  EXPECT_FALSE(fulfilling({}, wish, now));
}

TEST(WishFor, RefusesAListOfIssuersThatIsEmptyOrOverTen) {
  Challenge challenge{.type = "dns-persist-01"};
  EXPECT_FALSE(wishFor({}, {}, challenge, kAccount));
  challenge.issuer_domain_names.assign(11, "ca.example");
  EXPECT_FALSE(wishFor({}, {}, challenge, kAccount));
  challenge.issuer_domain_names.assign(10, "ca.example");
  EXPECT_TRUE(wishFor({}, {}, challenge, kAccount));
}

TEST(WishFor, FollowsTheDraftTheCaSpeaks) {
  Challenge challenge{.type = "dns-persist-01"};
  challenge.issuer_domain_names = {"CA.example"};
  const Authorization authorization{.identifier = "example.com", .wildcard = true};
  EXPECT_THAT(wishFor({}, authorization, challenge, kAccount)->account_uris, ElementsAre(kAccount.url)) << "-00";
  challenge.account_uri = "https://ca.example/acct/uri";
  EXPECT_THAT(wishFor({}, authorization, challenge, kAccount)->account_uris, ElementsAre("https://ca.example/acct/uri"))
      << "-01";
  Directory hashed;
  hashed.account_hash_prefix = kPrefix;
  EXPECT_THAT(wishFor(hashed, authorization, challenge, kAccount)->account_uris,
              ::testing::Contains("https://ca.example/acct/uri"))
      << "side by side while the CA changes over";
  challenge.account_uri.clear();
  EXPECT_THAT(wishFor(hashed, authorization, challenge, kAccount)->account_uris,
              ElementsAre(hashedAccountUri(kPrefix, "example.com", kAccount), hashedAccountUri(kPrefix, "*", kAccount)))
      << "-02";
}

TEST(NamesToOrder, DropsDuplicatesAndWhatAWildcardCovers) {
  EXPECT_THAT(*namesToOrder({"A.example", "a.example.", "*.a.example", "x.a.example", "y.x.a.example"}),
              ElementsAre("a.example", "*.a.example", "y.x.a.example"));
}

TEST(NamesToOrder, RefusesWhatIsNoName) {
  for (const std::string name :
       {"", ".", "a", "a..b", "-a.example", "a b.example", "*.*.example", "bücher.example", "a.example/x", "127.0.0.1:80"}) {
    const auto names = namesToOrder({name});
    ASSERT_FALSE(names) << name;
    EXPECT_THAT(names.error().hint, HasSubstr("ACME_DOMAINS"));
  }
  EXPECT_FALSE(namesToOrder({}));
  EXPECT_FALSE(namesToOrder({std::string(64, 'a') + ".example"}));
}

Directory offering(const std::vector<std::string>& profiles) {
  Directory directory;
  directory.url = "https://ca.example/dir";
  for (const auto& name : profiles) directory.profiles.emplace_back(name, "");
  return directory;
}

TEST(ProfileChoice, TakesTheFirstThatIsOffered) {
  const Directory directory = offering({"classic", "tlsserver"});
  EXPECT_EQ(*ProfileChoice({"shortlived", "tlsserver", "classic"}, directory).current(), "tlsserver");
  EXPECT_EQ(*ProfileChoice({"shortlived"}, directory).current(), "");
  EXPECT_EQ(*ProfileChoice({}, directory).current(), "");
}

TEST(ProfileChoice, StopsAtARequiredOneThatIsNot) {
  const Directory directory = offering({"classic"});
  EXPECT_FALSE(ProfileChoice({"shortlived", "!tlsserver"}, directory).current());
  EXPECT_EQ(*ProfileChoice({"classic", "!tlsserver"}, directory).current(), "classic");
}

TEST(ProfileChoice, GoesDownTheListWhenTheCaRefuses) {
  const Directory directory = offering({"classic", "tlsserver"});
  ProfileChoice choice({"tlsserver", "classic"}, directory);
  EXPECT_TRUE(choice.next());
  EXPECT_EQ(*choice.current(), "classic");
  EXPECT_TRUE(choice.next());
  EXPECT_EQ(*choice.current(), "");
  EXPECT_FALSE(choice.next());
  ProfileChoice required({"!tlsserver"}, directory);
  EXPECT_FALSE(required.next());
}

TEST(NoncePool, GivesTheNewestFirstAndForgetsTheStale) {
  NoncePool pool;
  pool.put("old", Duration(0));
  pool.put("new", std::chrono::minutes(4));
  EXPECT_EQ(pool.take(std::chrono::minutes(4)), "new");
  EXPECT_FALSE(pool.take(std::chrono::minutes(6)));
}

TEST(NoncePool, IgnoresWhatIsNoBase64Url) {
  NoncePool pool;
  pool.put("a b", Duration(0));
  pool.put("", Duration(0));
  pool.put("x\r\ny", Duration(0));
  EXPECT_EQ(pool.size(), 0U);
}

TEST(SignJws, HasAKeyOrAnAccountNeverBoth) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcP384);
  const auto header = [](const std::string& jws) {
    return json::parse(*fromBase64Url(json::parse(jws)["protected"].get<std::string>()));
  };
  const json by_key = header(signJws(key, "", "n", "https://ca.example/1", "{}"));
  EXPECT_EQ(by_key["alg"], "ES384");
  EXPECT_TRUE(by_key.contains("jwk"));
  EXPECT_FALSE(by_key.contains("kid"));
  const json by_account = header(signJws(key, "https://ca.example/acct", "n", "https://ca.example/1", "{}"));
  EXPECT_EQ(by_account["kid"], "https://ca.example/acct");
  EXPECT_EQ(by_account["nonce"], "n");
  EXPECT_EQ(by_account["url"], "https://ca.example/1");
  EXPECT_FALSE(by_account.contains("jwk"));
}

TEST(SignJws, PostAsGetHasAnEmptyPayloadAndAnEmptyObjectIsSomethingElse) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  EXPECT_EQ(json::parse(signJws(key, "k", "n", "u", ""))["payload"], "");
  EXPECT_EQ(json::parse(signJws(key, "k", "n", "u", "{}"))["payload"], "e30");
}

TEST(SignJws, OfAKeyChangeHasNoNonce) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  const json header =
      json::parse(*fromBase64Url(json::parse(signJws(key, "", "", "u", "{}"))["protected"].get<std::string>()));
  EXPECT_FALSE(header.contains("nonce"));
}

TEST(BindExternalAccount, SignsTheAccountsKeyWithEachMac) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  const auto check = [&](MacAlgorithm algorithm, const std::string& name, crypto::Hash hash) {
    const json jws = json::parse(bindExternalAccount(key, "kid-1", "mac key", algorithm, "https://ca.example/new"));
    const std::string signed_part = jws["protected"].get<std::string>() + "." + jws["payload"].get<std::string>();
    EXPECT_EQ(jws["signature"], base64Url(crypto::hmac(hash, "mac key", signed_part)));
    const json header = json::parse(*fromBase64Url(jws["protected"].get<std::string>()));
    EXPECT_EQ(header, (json{{"alg", name}, {"kid", "kid-1"}, {"url", "https://ca.example/new"}}));
    EXPECT_EQ(*fromBase64Url(jws["payload"].get<std::string>()), key.publicJwk());
  };
  check(MacAlgorithm::Hs256, "HS256", crypto::Hash::Sha256);
  check(MacAlgorithm::Hs384, "HS384", crypto::Hash::Sha384);
  check(MacAlgorithm::Hs512, "HS512", crypto::Hash::Sha512);
}

TEST(DecodeMacKey, TakesEitherAlphabetPaddingAndBlanks) {
  const std::string octets("\xfb\xff\xfe\x01", 4);
  for (const std::string pasted : {"-__-AQ", "+//+AQ==", " +/_-\nAQ= \r\n"}) {
    const auto key = decodeMacKey(Secret(pasted));
    ASSERT_TRUE(key) << pasted;
    EXPECT_EQ(key->reveal(), octets);
  }
}

TEST(DecodeMacKey, NamesTheVariableAndNotTheKey) {
  const auto key = decodeMacKey(Secret("not*base64"));
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::Settings);
  EXPECT_THAT(describe(key.error()), ::testing::AllOf(HasSubstr("ACME_EAB_HMAC_KEY"), Not(HasSubstr("not*base64"))));
  EXPECT_FALSE(decodeMacKey(Secret("")));
}

TEST(ChooseChain, PrefersTheExactNameOfTheLastIssuer) {
  const testing::TestCa one("Root One");
  const testing::TestCa two("Root Two Deluxe");
  const auto chainOf = [](const testing::TestCa& root) {
    return *crypto::parseChain(root.intermediate().issue().fullChain());
  };
  const std::vector<std::vector<crypto::Certificate>> chains{chainOf(one), chainOf(two)};
  EXPECT_EQ(chooseChain(chains, "Root Two Deluxe"), 1U);
  EXPECT_EQ(chooseChain(chains, "Two"), 1U);
  EXPECT_EQ(chooseChain(chains, "Root"), 0U) << "the CA's own choice among equals";
  EXPECT_EQ(chooseChain(chains, "Elsewhere"), 0U);
  EXPECT_EQ(rankOfChain(chains[0], "Elsewhere"), kNoRank);
}

TEST(KnownCas, AreFoundByShortNameAndByUrl) {
  ASSERT_NE(findKnownCa("LetsEncrypt"), nullptr);
  EXPECT_EQ(findKnownCa("https://acme.ssl.com/sslcom-dv-rsa"), findKnownCa("sslcom"));
  EXPECT_EQ(findKnownCa("https://ca.example/dir"), nullptr);
  EXPECT_EQ(caName("https://acme-v02.api.letsencrypt.org/directory"), "Let's Encrypt");
  EXPECT_EQ(caName("https://ca.example:14000/dir"), "ca.example");
}

struct Mailing {
  testing::ScriptedHttp http;
  testing::ManualClock clock;
  testing::MemoryLog log;
  PosixFileSystem files;
  Result<ExternalAccount> ask(const std::vector<std::string>& contacts) {
    return fetchExternalAccount(*findKnownCa("zerossl"), contacts, {clock, http, files, Log(log), {}});
  }
};

TEST(FetchExternalAccount, GivesOneForAnAddress) {
  Mailing mailing;
  mailing.http.answer(200, R"({"success":true,"eab_kid":"kid","eab_hmac_key":"c2VjcmV0"})");
  const auto account = mailing.ask({"mailto:me+nas@home.example"});
  ASSERT_TRUE(account);
  EXPECT_EQ(account->kid, "kid");
  EXPECT_EQ(account->hmac_key.reveal(), "c2VjcmV0");
  EXPECT_EQ(mailing.http.requests().front().body, "email=me%2Bnas%40home.example");
  EXPECT_FALSE(mailing.log.contains("c2VjcmV0"));
}

TEST(FetchExternalAccount, NamesTheVariableWhenItCannot) {
  Mailing mailing;
  EXPECT_THAT(mailing.ask({}).error().hint, HasSubstr("ACME_EMAIL"));
  EXPECT_THAT(mailing.http.asked(), IsEmpty());
  mailing.http.answer(200, R"({"success":false,"error":{"code":2900,"type":"invalid_email"}})");
  const auto refused = mailing.ask({"mailto:nonsense"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("invalid_email"));
}

TEST(ForEachParallel, RunsEachOnceAndReturnsTheFirstFailure) {
  std::vector<std::atomic<int>> runs(50);
  EXPECT_TRUE(forEachParallel(50, 4, [&](std::size_t i) -> AcmeResult<> {
    ++runs[i];
    return {};
  }));
  for (const auto& count : runs) EXPECT_EQ(count, 1);
  const auto failing = forEachParallel(10, 1, [](std::size_t i) -> AcmeResult<> {
    if (i == 3) return failed(ErrorCode::Refused, "three");
    return {};
  });
  ASSERT_FALSE(failing);
  EXPECT_EQ(failing.error().error.what, "three");
}

}  // namespace
}  // namespace sidecert::acme
