// Mail to a server on loopback that speaks real SMTP and real TLS.
#include "notify/smtp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>

#include <array>
#include <fstream>
#include <stop_token>

#include "base/encoding.h"
#include "support/effort.h"
#include "support/mail_server.h"
#include "support/manual_clock.h"
#include "support/raw_server.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"

namespace sidecert::notify {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MailServer;
using testing::MailServerOptions;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::chrono::seconds kLimit{60};

Message mail() {
  return {.event = "deployed",
          .severity = Severity::Good,
          .title = "home.example: NAS hat das Zertifikat – gültig",
          .text = "Valid until 2026-05-30.\n.a line that begins with a dot",
          .certificate = "home.example",
          .nas = "localhost:5000",
          .time = testing::kTestStart};
}

class SendMail : public ::testing::Test {
 protected:
  SendMail() {
    std::ofstream(trust_) << ca_.pem();
    leaf_ = ca_.issue({.names = {"localhost"}});
  }

  Result<> send(const MailServer& server, const std::string& scheme, const std::string& login = {},
                const std::string& more = {}) {
    const auto address = parseAddress(scheme + "://" + login + "localhost:" + std::to_string(server.port()) +
                                      "/?from=nas@example.net&to=me@example.net,you@example.net" + more);
    EXPECT_TRUE(address);
    return sendMail(*address, mail(), {trust_.string()}, names_, testing::effort(kLimit));
  }

  LocalNames names_;
  testing::TempDirectory files_;
  testing::TestCa ca_;
  std::optional<testing::TestCertificate> leaf_;
  std::filesystem::path trust_ = files_ / "ca.pem";
};

TEST_F(SendMail, OverTlsFromTheFirstOctetWithALogin) {
  const MailServer server(
      {.certificate = leaf_, .tls_first = true, .mechanisms = "PLAIN LOGIN", .user = "u", .password = "p w"});
  const auto sent = send(server, "smtps", "u:p%20w@");
  ASSERT_TRUE(sent) << describe(sent.error());
  ASSERT_EQ(server.received().size(), 1U);
  const auto mail = server.received().front();
  EXPECT_TRUE(mail.encrypted);
  EXPECT_EQ(mail.user, "u");
  EXPECT_EQ(mail.from, "nas@example.net");
  EXPECT_THAT(mail.to, ElementsAre("me@example.net", "you@example.net"));
}

TEST_F(SendMail, StartsTlsBeforeItLogsIn) {
  const MailServer server(
      {.certificate = leaf_, .offers_starttls = true, .mechanisms = "LOGIN", .user = "u", .password = "p"});
  const auto sent = send(server, "smtp", "u:p@");
  ASSERT_TRUE(sent) << describe(sent.error());
  ASSERT_EQ(server.received().size(), 1U);
  EXPECT_TRUE(server.received().front().encrypted);
  EXPECT_EQ(server.received().front().user, "u");
}

TEST_F(SendMail, APasswordIsNotSentInTheClear) {
  const MailServer server({.mechanisms = "PLAIN", .user = "u", .password = "canary"});
  const auto sent = send(server, "smtp", "u:canary@");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::Settings);
  EXPECT_THAT(sent.error().hint, HasSubstr("smtps://"));
  EXPECT_THAT(server.commands(), Not(Contains(StartsWith("AUTH"))));
  EXPECT_TRUE(send(server, "smtp", "u:canary@", "&mode=insecure")) << "unless the owner says so";
}

TEST_F(SendMail, WithoutALoginARelayInTheHouseMayDoWithoutTls) {
  const MailServer server({});
  ASSERT_TRUE(send(server, "smtp"));
  EXPECT_FALSE(server.received().front().encrypted);
}

TEST_F(SendMail, AServerThatIsNotTrustedGetsNothing) {
  const MailServer server({.certificate = testing::selfSigned({.names = {"localhost"}}), .tls_first = true});
  const auto sent = send(server, "smtps");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::Untrusted);
  EXPECT_TRUE(server.commands().empty());
}

TEST_F(SendMail, ARefusedLoginNamesTheVariableAndNotThePassword) {
  const MailServer server(
      {.certificate = leaf_, .tls_first = true, .mechanisms = "PLAIN", .user = "u", .password = "right"});
  const auto sent = send(server, "smtps", "u:canary@");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::Settings);
  EXPECT_THAT(sent.error().hint, HasSubstr("NOTIFY_URLS"));
  EXPECT_THAT(describe(sent.error()), Not(HasSubstr("canary")));
}

TEST_F(SendMail, ARefusedRecipientIsNamed) {
  const MailServer server({.refused_recipient = "you@example.net"});
  const auto sent = send(server, "smtp");
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().what, HasSubstr("you@example.net"));
  EXPECT_THAT(sent.error().what, HasSubstr("550 5.1.1 nobody of that name"));
  EXPECT_TRUE(server.received().empty());
}

TEST_F(SendMail, AServerThatIsBusyIsTriedLater) {
  const MailServer server({.data_reply = 451});
  EXPECT_EQ(send(server, "smtp").error().code, ErrorCode::RateLimited);
}

TEST_F(SendMail, AServerThatSpeaksAnotherLanguageIsSaidToBeNone) {
  const testing::RawServer server([](int socket, int) { testing::sendText(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const auto address = parseAddress("smtp://localhost:" + std::to_string(server.port()) + "/?to=me@example.net");
  EXPECT_THAT(sendMail(*address, mail(), {}, names_, testing::effort(kLimit)).error().what,
              HasSubstr("this is no mail server"));
}

// Such a server took 3.5 GB: every line was kept, and the clock was looked at only when a read had to wait.
TEST_F(SendMail, AReplyWithoutEndIsGivenUp) {
  const testing::RawServer server([](int socket, int) {
    std::string lines;
    for (int i = 0; i < 1000; ++i) lines += "220-hello\r\n";
    while (::send(socket, lines.data(), lines.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  const auto address = parseAddress("smtp://localhost:" + std::to_string(server.port()) + "/?to=me@example.net");
  const auto sent = sendMail(*address, mail(), {}, names_, testing::effort(kLimit));
  EXPECT_EQ(sent.error().code, ErrorCode::BadAnswer);
  EXPECT_THAT(sent.error().what, HasSubstr("the mail server's answer has no end"));
}

TEST_F(SendMail, AStopEndsTheWaitForASilentServer) {
  SystemClock clock;
  std::stop_source stop;
  const testing::RawServer server([&](int socket, int) {
    stop.request_stop();
    std::array<char, 1> octet{};
    ::recv(socket, octet.data(), octet.size(), 0);  // until the client hangs up
  });
  const auto address = parseAddress("smtp://localhost:" + std::to_string(server.port()) + "/?to=me@example.net");
  EXPECT_EQ(sendMail(*address, mail(), {}, names_, Effort::within(clock, kLimit, stop.get_token())).error().code,
            ErrorCode::Stopped);
}

TEST_F(SendMail, EveryLineArrivesAsItWasWritten) {
  const MailServer server({});
  ASSERT_TRUE(send(server, "smtp"));
  const std::string text = server.received().front().text;
  const std::size_t body = text.find("\r\n\r\n");
  ASSERT_NE(body, std::string::npos);
  EXPECT_EQ(fromBase64(text.substr(body)), mail().text + "\r\n");
}

TEST(MailText, IsAMessageEveryProgramReads) {
  const auto address = parseAddress("smtp://mail.example/?from=nas@example.net&to=me@example.net");
  const std::string text = mailText(*address, mail(), "unique");
  for (const char* header :
       {"Date: Sun, 1 Mar 2026 12:00:00 +0000\r\n", "From: Sidecert <nas@example.net>\r\n", "To: me@example.net\r\n",
        "Subject: =?utf-8?B?", "Message-ID: <unique@example.net>\r\n", "Content-Type: text/plain; charset=utf-8\r\n"})
    EXPECT_THAT(text, HasSubstr(header));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    EXPECT_LE(end - at, 78U) << text.substr(at, end - at);
    at = end + 2;
  }
}

TEST(MailText, ATitleCannotAddAHeader) {
  const auto address = parseAddress("smtp://mail.example/?from=nas@example.net&to=me@example.net");
  Message evil = mail();
  evil.title = "x\r\nBcc: victim@example.org";
  EXPECT_THAT(mailText(*address, evil, "unique"), Not(HasSubstr("\nBcc:")));
}

}  // namespace
}  // namespace sidecert::notify
