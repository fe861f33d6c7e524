#include "notify/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecert::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Address good(std::string_view url) {
  const auto address = parseAddress(url);
  EXPECT_TRUE(address) << url << ": " << (address ? "" : address.error().what);
  return address.value_or(Address{});
}

TEST(ParseAddress, AnyWebAddressIsAWebhook) {
  const Address plain = good("https://hooks.example:8443/a/b?key=1");
  EXPECT_EQ(plain.service, Service::Webhook);
  EXPECT_EQ(plain.origin, "https://hooks.example:8443");
  EXPECT_EQ(plain.token.reveal(), "/a/b?key=1");
  EXPECT_EQ(plain.title, "webhook at hooks.example");
  EXPECT_EQ(good("http://nas.lan").token.reveal(), "/");
}

TEST(ParseAddress, AppriseSpellsWebhooksJson) {
  const Address address = good("jsons://me:p%40ss@hooks.example/path");
  EXPECT_EQ(address.service, Service::Webhook);
  EXPECT_EQ(address.origin, "https://hooks.example");
  EXPECT_EQ(address.user, "me");
  EXPECT_EQ(address.password.reveal(), "p@ss");
  EXPECT_EQ(good("json://hooks.example/path").origin, "http://hooks.example");
}

TEST(ParseAddress, NtfyWithNothingButATopicIsThePublicServer) {
  const Address address = good("ntfy://MyTopic");
  EXPECT_EQ(address.origin, "https://ntfy.sh");
  EXPECT_THAT(address.to, ElementsAre("MyTopic"));
  EXPECT_EQ(good("ntfy://ntfy.sh/MyTopic").origin, "https://ntfy.sh");
}

TEST(ParseAddress, NtfyOfOnesOwn) {
  EXPECT_EQ(good("ntfy://nas.lan:8080/certs").origin, "http://nas.lan:8080");
  EXPECT_EQ(good("ntfys://ntfy.example/certs").origin, "https://ntfy.example");
  EXPECT_EQ(good("ntfy://ntfy.example/certs?scheme=https").origin, "https://ntfy.example");
  EXPECT_EQ(good("ntfys://tk_abc@ntfy.example/certs").token.reveal(), "tk_abc");
  EXPECT_EQ(good("ntfys://:tk_abc@ntfy.example/certs").token.reveal(), "tk_abc");
  const Address login = good("ntfys://me:secret@ntfy.example/a/b");
  EXPECT_EQ(login.user, "me");
  EXPECT_EQ(login.password.reveal(), "secret");
  EXPECT_THAT(login.to, ElementsAre("a", "b"));
}

TEST(ParseAddress, MailNamesServerSenderAndRecipients) {
  const Address address = good("smtps://nas:s3cret@mail.example/?from=nas@example.net&to=a@example.net,b@example.net");
  EXPECT_EQ(address.mail_host, "mail.example");
  EXPECT_EQ(address.mail_port, 465);
  EXPECT_EQ(address.mail_security, MailSecurity::Tls);
  EXPECT_EQ(address.user, "nas");
  EXPECT_EQ(address.mail_from, "nas@example.net");
  EXPECT_THAT(address.to, ElementsAre("a@example.net", "b@example.net"));
  EXPECT_EQ(good("smtp://mail.example:25/?to=a@example.net").mail_port, 25);
  EXPECT_EQ(good("smtp://mail.example/?to=a@example.net").mail_security, MailSecurity::Opportunistic);
}

TEST(ParseAddress, MailtoOfAMailProviderNeedsNoMoreThanAddressAndPassword) {
  const Address address = good("mailto://someone:app-password@gmail.com");
  EXPECT_EQ(address.mail_host, "smtp.gmail.com");
  EXPECT_EQ(address.mail_port, 587);
  EXPECT_EQ(address.user, "someone@gmail.com");
  EXPECT_EQ(address.mail_from, "someone@gmail.com");
  EXPECT_THAT(address.to, ElementsAre("someone@gmail.com"));
  const Address custom = good("mailtos://me:pw@example.net?smtp=mx.example.net&user=login&to=you@example.org&mode=ssl");
  EXPECT_EQ(custom.mail_host, "mx.example.net");
  EXPECT_EQ(custom.user, "login");
  EXPECT_EQ(custom.mail_security, MailSecurity::Tls);
  EXPECT_EQ(good("mailtos://me:pw@example.net").mail_security, MailSecurity::StartTls);
  EXPECT_THAT(custom.to, ElementsAre("you@example.org"));
}

TEST(ParseAddress, AMailAddressCannotSmuggleACommand) {
  EXPECT_FALSE(parseAddress("smtp://mail.example/?to=a@example.net%0d%0aRCPT%20TO:x@y.z"));
  EXPECT_FALSE(parseAddress("smtp://mail.example/?to=a@example.net&from=a>@b"));
}

TEST(ParseAddress, TelegramTokensHoldAColon) {
  const Address address = good("tgram://123456:AbC-dEf/-100987/42");
  EXPECT_EQ(address.token.reveal(), "123456:AbC-dEf");
  EXPECT_THAT(address.to, ElementsAre("-100987", "42"));
  const Address other = good("telegram://123456:AbC-dEf@telegram?chats=@mine,7");
  EXPECT_EQ(other.token.reveal(), "123456:AbC-dEf");
  EXPECT_THAT(other.to, ElementsAre("@mine", "7"));
}

TEST(ParseAddress, DiscordInThreeSpellings) {
  for (const char* url :
       {"discord://417429632418316298/JHZ7lQml277CDHmQKMHI", "discord://JHZ7lQml277CDHmQKMHI@417429632418316298",
        "https://discord.com/api/webhooks/417429632418316298/JHZ7lQml277CDHmQKMHI"}) {
    const Address address = good(url);
    EXPECT_EQ(address.service, Service::Discord);
    EXPECT_EQ(address.token.reveal(), "417429632418316298/JHZ7lQml277CDHmQKMHI") << url;
  }
}

TEST(ParseAddress, SlackInThreeSpellings) {
  for (const char* url :
       {"slack://T1/B2/xYz", "slack://hook:T1-B2-xYz@webhook", "https://hooks.slack.com/services/T1/B2/xYz"}) {
    const Address address = good(url);
    EXPECT_EQ(address.service, Service::Slack);
    EXPECT_EQ(address.token.reveal(), "T1/B2/xYz") << url;
  }
  EXPECT_THAT(good("slack://T1/B2/xYz/#certificates").to, ElementsAre("#certificates"));
}

TEST(ParseAddress, GotifyMayLiveBelowAPath) {
  const Address address = good("gotifys://push.example:8443/prefix/AppToken");
  EXPECT_EQ(address.origin, "https://push.example:8443/prefix");
  EXPECT_EQ(address.token.reveal(), "AppToken");
  EXPECT_EQ(good("gotify://nas.lan/AppToken").origin, "http://nas.lan");
}

TEST(ParseAddress, PushoverNamesUserAndToken) {
  const Address address = good("pover://uSeR@tOkEn/phone");
  EXPECT_EQ(address.user, "uSeR");
  EXPECT_EQ(address.token.reveal(), "tOkEn");
  EXPECT_THAT(address.to, ElementsAre("phone"));
  EXPECT_EQ(good("pushover://shoutrrr:tOkEn@uSeR/").user, "uSeR");
}

TEST(ParseAddress, AnIpv6HostKeepsItsColons) {
  EXPECT_EQ(good("ntfys://[2001:db8::1]:8443/certs").origin, "https://[2001:db8::1]:8443");
}

TEST(ParseAddress, WhatIsMissingIsSaidWithoutShowingSecrets) {
  for (const char* url : {"tgram://canary/", "tgram://123:canary", "discord://canary", "slack://canary", "gotify://host",
                          "pover://canary", "ntfys://", "smtp://user:canary@mail.example", "canary",
                          "canary-scheme-that-is-long-canary://host", "https://discord.com/channels/canary"}) {
    const auto address = parseAddress(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, ErrorCode::Settings);
    EXPECT_THAT(address.error().what, Not(IsEmpty()));
    EXPECT_THAT(address.error().hint, Not(HasSubstr("canary"))) << url;
    if (std::string_view(url).starts_with("canary-scheme")) continue;  // a scheme is no secret
    EXPECT_THAT(address.error().what, Not(HasSubstr("canary"))) << url;
  }
}

}  // namespace
}  // namespace sidecert::notify
