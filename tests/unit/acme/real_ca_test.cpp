// What only a real server can prove, against Pebble 2.10: renewal windows, profiles, external accounts, key rollover,
// revocation, the other two DNS challenges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acme/account.h"
#include "acme/account_care.h"
#include "acme/challenge_names.h"
#include "acme/persistent.h"
#include "acme/renewal_info.h"
#include "acme/revocation.h"
#include "base/encoding.h"
#include "world.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

Result<acme::RenewalAdvice> adviceAfter(World& world, const acme::IssuedCertificate& issued, const std::string& body) {
  world.pebble.setRenewalInfo(issued.chain.front().toPem(), body);
  auto advice = acme::fetchRenewalAdvice(world.directory, issued.chain.front(), world.ports());
  if (!advice) return std::unexpected(advice.error());
  return (*advice).value();
}

TEST(RenewalInfo, OfAFreshCertificateLiesInItsLifetime) {
  World world(sharedPebble());
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  const auto advice = acme::fetchRenewalAdvice(world.directory, issued->chain.front(), world.ports());
  ASSERT_TRUE(advice) << describe(advice.error());
  ASSERT_TRUE(*advice);
  EXPECT_GT((*advice)->window.start, issued->chain.front().notBefore());
  EXPECT_LT((*advice)->window.end, issued->chain.front().notAfter());
  EXPECT_EQ((*advice)->ask_again, 6h);
}

TEST(RenewalInfo, IsTakenAsTheCaSetsIt) {
  World world(sharedPebble());
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  const auto past = adviceAfter(world, *issued,
                                R"({"suggestedWindow":{"start":"2020-01-01T00:00:00Z","end":"2020-01-02T00:00:00Z"},
                                    "explanationURL":"https://example.org/why"})");
  ASSERT_TRUE(past) << describe(past.error());
  EXPECT_EQ(past->window.explanation_url, "https://example.org/why");
  const TimePoint now = world.clock.now();
  EXPECT_EQ(acme::chooseRenewalTime(past->window, now, 0.5), now) << "renew at once";
  for (const std::string broken : {R"({"suggestedWindow":{"start":"2020-01-02T00:00:00Z","end":"2020-01-01T00:00:00Z"}})",
                                   "<html>", "{", R"({"suggestedWindow":null})"}) {
    const auto refused = adviceAfter(world, *issued, broken);
    ASSERT_FALSE(refused) << broken;
    EXPECT_EQ(refused.error().retry_after, 6h) << broken;
  }
}

TEST(RenewalInfo, OfARevokedCertificateSaysAtOnce) {
  World world(sharedPebble());
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  ASSERT_TRUE(acme::revokeByAccount(world.directory, issued->chain.front(), acme::RevocationReason::Superseded,
                                    world.accounts, world.ports()));
  const auto advice = acme::fetchRenewalAdvice(world.directory, issued->chain.front(), world.ports());
  ASSERT_TRUE(advice) << describe(advice.error());
  const TimePoint now = world.clock.now();
  EXPECT_EQ(acme::chooseRenewalTime((*advice)->window, now, 0.5), now);
}

TEST(Profiles, AreAskedForByNameAndEchoed) {
  PebbleServer pebble({.profiles = {{"classic", 7776000}, {"tlsserver", 3888000}, {"shortlived", 576000}}});
  World world(pebble);
  for (const auto& [profile, life] : {std::pair{"classic", 7776000s}, {"tlsserver", 3888000s}, {"shortlived", 576000s}}) {
    auto wanted = world.request({freshName()});
    wanted.profiles = {"nobody-has-this", profile};
    world.orders.kept.reset();
    const auto issued = world.obtain(wanted);
    ASSERT_TRUE(issued) << describe(issued.error());
    EXPECT_EQ(issued->profile, profile);
    const auto lived = issued->chain.front().notAfter() - issued->chain.front().notBefore();
    EXPECT_LE(std::chrono::abs(lived - life), 1h) << profile;
  }
}

std::string macKey(char fill) {
  return base64Url(std::string(64, fill));
}

TEST(ExternalAccounts, AreBoundWithEachMac) {
  PebbleServer pebble({.external_accounts = {{"kid-1", macKey('k')}}});
  for (const auto algorithm : {acme::MacAlgorithm::Hs256, acme::MacAlgorithm::Hs384, acme::MacAlgorithm::Hs512}) {
    World world(pebble);
    auto wanted = world.request({freshName()});
    wanted.external_account = acme::ExternalAccount{"kid-1", Secret(" " + macKey('k') + "==\n"), algorithm};
    const auto issued = world.obtain(wanted);
    ASSERT_TRUE(issued) << describe(issued.error());
    // Later runs: the stored account is enough.
    world.orders.kept.reset();
    const auto again = world.obtainFor({freshName()});
    EXPECT_TRUE(again) << describe(again.error());
  }
}

TEST(ExternalAccounts, NameTheirVariablesWhenMissingOrWrong) {
  PebbleServer pebble({.external_accounts = {{"kid-1", macKey('k')}}});
  World world(pebble);
  const auto missing = world.obtainFor({freshName()});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::Settings);
  EXPECT_THAT(missing.error().hint, AllOf(HasSubstr("ACME_EAB_KID"), HasSubstr("ACME_EAB_HMAC_KEY")));
  EXPECT_TRUE(world.accounts.kept.empty());
  for (const auto& [kid, key] : {std::pair{"kid-2", macKey('k')}, {"kid-1", macKey('x')}}) {
    auto wanted = world.request({freshName()});
    wanted.external_account = acme::ExternalAccount{kid, Secret(key)};
    const auto wrong = world.obtain(wanted);
    ASSERT_FALSE(wrong) << kid;
    EXPECT_EQ(wrong.error().code, ErrorCode::Settings) << describe(wrong.error());
    EXPECT_THAT(wrong.error().hint, AllOf(HasSubstr("ACME_EAB_KID"), HasSubstr(kid)));
    EXPECT_THAT(describe(wrong.error()), ::testing::Not(HasSubstr(key)));
  }
}

TEST(KeyRollover, KeepsTheAccountAndGivesItANewKey) {
  World world(sharedPebble());
  ASSERT_TRUE(world.obtainFor({freshName()}));
  const acme::StoredAccount before = world.accounts.kept.begin()->second;
  const auto changed = acme::changeAccountKey(world.directory, world.accounts, world.ports());
  ASSERT_TRUE(changed) << describe(changed.error());
  const acme::StoredAccount after = world.accounts.kept.begin()->second;
  EXPECT_EQ(after.url, before.url);
  EXPECT_NE(after.key_pem.reveal(), before.key_pem.reveal());
  EXPECT_FALSE(after.pending_key_pem);
  world.orders.kept.reset();
  EXPECT_TRUE(world.obtainFor({freshName()}));
}

// Directory, nonce, keyChange: the power goes before or after each of them.
TEST(KeyRollover, SurvivesAKillAtAnyRequest) {
  for (int at = 1; at <= 3; ++at) {
    for (const auto when : {PluggedHttp::When::Before, PluggedHttp::When::After}) {
      SCOPED_TRACE(::testing::Message() << "request " << at << (when == PluggedHttp::When::Before ? " before" : " after"));
      World world(sharedPebble());
      ASSERT_TRUE(world.obtainFor({freshName()}));
      const std::string url = world.accounts.kept.begin()->second.url;
      PluggedHttp plug(sharedPebble().http(), world.power, at, when);
      world.http = &plug;
      EXPECT_FALSE(acme::changeAccountKey(world.directory, world.accounts, world.ports()));
      world.power.cut = false;
      world.http = nullptr;
      world.orders.kept.reset();
      const auto issued = world.obtainFor({freshName()});
      ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
      EXPECT_EQ(issued->account, url);
      EXPECT_FALSE(world.accounts.kept.begin()->second.pending_key_pem);
      EXPECT_FALSE(world.log.contains("no longer knows the account"));
    }
  }
}

// An order with one name costs nine requests. Wherever it is cut, the next run ends it, and at most the answer to newOrder
// can be lost so that another order is needed (Boulder would hand out the same one).
TEST(Killed, AtAnyRequestTheNextRunEndsTheWork) {
  World warm(sharedPebble());
  ASSERT_TRUE(warm.obtainFor({freshName()}));
  for (int at = 1; at <= 9; ++at) {
    for (const auto when : {PluggedHttp::When::Before, PluggedHttp::When::After}) {
      SCOPED_TRACE(::testing::Message() << "request " << at << (when == PluggedHttp::When::Before ? " before" : " after"));
      World world(sharedPebble());
      world.accounts.kept = warm.accounts.kept;
      const std::string name = freshName();
      PluggedHttp plug(sharedPebble().http(), world.power, at, when);
      world.http = &plug;
      const auto cut = world.obtainFor({name});
      const auto stored = world.orders.kept;
      world.power.cut = false;
      world.http = nullptr;
      if (cut) continue;  // the CA needed one look less
      const auto issued = world.obtainFor({name});
      ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
      if (stored) EXPECT_EQ(issued->key_pem, stored->key_pem) << "the key that may be certified already";
      if (stored && !stored->url.empty()) EXPECT_EQ(issued->order, stored->url) << "no second order";
    }
  }
}

std::string statusOf(World& world, const acme::IssuedCertificate& issued) {
  return world.pebble.statusOf(hex(issued.chain.front().serial()));
}

TEST(Revocation, ByTheAccountThatOrderedIt) {
  World world(sharedPebble());
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  ASSERT_EQ(statusOf(world, *issued), "Valid");
  const auto revoke = [&] {
    return acme::revokeByAccount(world.directory, issued->chain.front(), acme::RevocationReason::CessationOfOperation,
                                 world.accounts, world.ports());
  };
  EXPECT_EQ(revoke(), acme::Revoked::Now);
  EXPECT_EQ(statusOf(world, *issued), "Revoked");
  EXPECT_EQ(revoke(), acme::Revoked::Before) << "which is what was wanted";
}

TEST(Revocation, ByTheCertificatesKeyWithoutAnyAccount) {
  World world(sharedPebble());
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  const auto key = crypto::PrivateKey::fromPem(issued->key_pem.reveal());
  const auto stranger = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  const auto by = [&](const crypto::PrivateKey& signer) {
    return acme::revokeByKey(world.directory, issued->chain.front(), acme::RevocationReason::KeyCompromise, signer,
                             world.ports());
  };
  EXPECT_FALSE(by(stranger));
  EXPECT_EQ(statusOf(world, *issued), "Valid");
  EXPECT_EQ(by(*key), acme::Revoked::Now);
  EXPECT_EQ(statusOf(world, *issued), "Revoked");
}

TEST(Revocation, ByAStrangersAccountIsRefused) {
  World owner(sharedPebble());
  const auto issued = owner.obtainFor({freshName()});
  World stranger(sharedPebble());
  ASSERT_TRUE(issued && stranger.obtainFor({freshName()}));
  EXPECT_FALSE(acme::revokeByAccount(stranger.directory, issued->chain.front(), acme::RevocationReason::Unspecified,
                                     stranger.accounts, stranger.ports()));
  EXPECT_EQ(statusOf(owner, *issued), "Valid");
}

TEST(Revocation, WithoutAnAccountSaysSo) {
  World world(sharedPebble());
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued);
  world.accounts.kept.clear();
  const auto revoked = acme::revokeByAccount(world.directory, issued->chain.front(), acme::RevocationReason::Unspecified,
                                             world.accounts, world.ports());
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, ErrorCode::Settings);
}

TEST(RevocationReason, IsKnownByNameAndNumber) {
  EXPECT_EQ(acme::revocationReason("KEYCOMPROMISE"), acme::RevocationReason::KeyCompromise);
  EXPECT_EQ(acme::revocationReason("4"), acme::RevocationReason::Superseded);
  for (const std::string other : {"", "2", "6", "superseded ", "certificateHold"}) {
    EXPECT_FALSE(acme::revocationReason(other)) << other;
  }
}

TEST(Deactivation, IsFinal) {
  World world(sharedPebble());
  ASSERT_TRUE(world.obtainFor({freshName()}));
  ASSERT_TRUE(acme::deactivateAccount(world.directory, world.accounts, world.ports()));
  world.orders.kept.reset();
  const auto refused = world.obtainFor({freshName()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Refused);
}

TEST(DnsAccount01, ProvesApexAndWildcardUnderALabelOfItsOwn) {
  World world(sharedPebble());
  const std::string name = freshName();
  auto wanted = world.request({name, "*." + name});
  wanted.challenge = acme::ChallengeKind::DnsAccount01;
  wanted.dns01_possible = false;
  const auto issued = world.obtain(wanted);
  ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
  ASSERT_EQ(world.publisher.published.size(), 2U);
  for (const auto& record : world.publisher.published) {
    EXPECT_EQ(record.name, acme::dnsAccount01Name(name, issued->account));
  }
}

struct Persistent {
  Persistent() {
    const auto first = world.obtainFor({freshName()});  // an account, whose URL the record names
    EXPECT_TRUE(first) << describe(first.error());
    world.orders.kept.reset();
    account = world.accounts.kept.begin()->second.url;
    wanted = world.request({name, "*." + name});
    wanted.challenge = acme::ChallengeKind::DnsPersist01;
    wanted.dns01_possible = false;
    publications = world.publisher.publications;
  }
  void stand(const std::string& more) { world.publisher.standFor(record, "pebble.example; accounturi=" + account + more); }

  World world{sharedPebble()};
  std::string name = freshName();
  std::string record = "_validation-persist." + name;
  std::string account;
  acme::CertificateRequest wanted;
  int publications = 0;
};

TEST(DnsPersist01, NeedsNoWriteIntoDns) {
  Persistent at;
  at.stand("; policy=wildcard; persistUntil=4102444800");
  const auto issued = at.world.obtain(at.wanted);
  ASSERT_TRUE(issued) << describe(issued.error()) << at.world.log.text();
  EXPECT_EQ(at.world.publisher.publications, at.publications);
  EXPECT_EQ(at.world.publisher.withdrawals, 1) << "of the first order";
}

TEST(DnsPersist01, PrintsTheExactRecordThatIsMissing) {
  Persistent at;
  const auto refused = at.world.obtain(at.wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
  EXPECT_THAT(refused.error().hint, AllOf(HasSubstr(at.record), HasSubstr("pebble.example; accounturi=" + at.account)));
}

TEST(DnsPersist01, DoesNotCoverAWildcardWithoutThePolicy) {
  Persistent at;
  at.stand("");
  const auto refused = at.world.obtain(at.wanted);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().hint, HasSubstr("policy=wildcard"));
}

TEST(DnsPersist01, WarnsBeforeItEnds) {
  Persistent at;
  const auto soon =
      std::chrono::duration_cast<std::chrono::seconds>((at.world.clock.now() + std::chrono::days(10)).time_since_epoch());
  at.stand("; policy=wildcard; persistUntil=" + std::to_string(soon.count()));
  ASSERT_TRUE(at.world.obtain(at.wanted));
  EXPECT_TRUE(at.world.log.contains("permits this only until"));
}

TEST(DnsPersist01, FallsBackToDns01WhereAProviderIsSet) {
  Persistent at;
  at.wanted.dns01_possible = true;
  const auto issued = at.world.obtain(at.wanted);
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(at.world.publisher.publications, at.publications + 1);
  EXPECT_TRUE(at.world.log.contains("using dns-01 instead"));
}

TEST(DnsPersist01, IsSaidPlainlyNotToBeOfferedByAnOldCa) {
  PebbleServer pebble({.suite = "trixie"});
  World world(pebble);
  auto wanted = world.request({freshName()});
  wanted.challenge = acme::ChallengeKind::DnsPersist01;
  wanted.dns01_possible = false;
  const auto refused = world.obtain(wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
  EXPECT_THAT(refused.error().what, HasSubstr("offers no dns-persist-01"));
  EXPECT_THAT(refused.error().hint, HasSubstr("ACME_CHALLENGE"));
}

}  // namespace
}  // namespace sidecert::testing
