// Who is trusted, and that nobody else gets a byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <sys/socket.h>

#include <array>

#include <fstream>
#include <future>
#include <memory>
#include <string>

#include "base/encoding.h"
#include "base/http/poco_http.h"
#include "base/tcp.h"
#include "support/effort.h"
#include "support/memory_log.h"
#include "support/raw_server.h"
#include "support/temp_directory.h"
#include "support/web_server.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

TimePoint now() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

class Https : public ::testing::Test {
 protected:
  std::unique_ptr<HttpTransport> transport(const std::vector<std::string>& pems, HttpOptions options = {}) {
    for (std::size_t i = 0; i < pems.size(); ++i) {
      const auto file = directory_ / ("trust" + std::to_string(i) + ".pem");
      std::ofstream(file) << pems[i];
      options.trust_files.push_back(file.string());
    }
    return makePocoHttp(std::move(options), Log(log_)).value();
  }
  static WebAnswer ok(const WebRequest&) { return {.status = 200, .headers = {}, .body = "ok"}; }

  TempDirectory directory_;
  MemoryLog log_;
  TestCa ca_;
};

TEST_F(Https, TrustsWhatTheTrustFilesTrust) {
  WebServer server(ok, ca_.issue());
  const auto answer = transport({ca_.pem()})->send({.url = server.url()}, testing::effort());
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "ok");
}

TEST_F(Https, TrustsEveryCertificateOfEveryFile) {
  const TestCa other("Other Root");
  const TestCa third("Third Root");
  WebServer server(ok, ca_.intermediate().issue());
  EXPECT_TRUE(transport({other.pem(), third.pem() + ca_.pem()})->send({.url = server.url()}, testing::effort()));
}

TEST_F(Https, SaysThePeersFingerprint) {
  const auto leaf = ca_.issue();
  WebServer server(ok, leaf);
  const auto http = transport({ca_.pem()});
  EXPECT_EQ(http->send({.url = server.url()}, testing::effort())->peer_sha256, leaf.certificate.sha256());
  EXPECT_EQ(http->send({.url = server.url()}, testing::effort())->peer_sha256, leaf.certificate.sha256());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Https, DistrustsAnUnknownIssuerAndHintsAtAPrivateCa) {
  WebServer server(ok, ca_.issue());
  const auto answer = transport({TestCa("Other").pem()})->send({.url = server.url()}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Untrusted);
  EXPECT_THAT(answer.error().hint, HasSubstr("SSL_CERT_FILE"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Https, DistrustsASelfSignedCertificate) {
  WebServer server(ok, selfSigned());
  const auto answer = transport({ca_.pem()})->send({.url = server.url()}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Untrusted);
}

TEST_F(Https, DistrustsEverybodyWithoutTrustFiles) {
  WebServer server(ok, ca_.issue());
  EXPECT_EQ(transport({})->send({.url = server.url()}, testing::effort()).error().code, ErrorCode::Untrusted);
}

TEST_F(Https, DistrustsAnExpiredCertificate) {
  WebServer server(ok, ca_.issue({.not_before = now() - 48h, .not_after = now() - 24h}));
  const auto answer = transport({ca_.pem()})->send({.url = server.url()}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Untrusted);
  EXPECT_THAT(answer.error().what, HasSubstr("expired"));
}

TEST_F(Https, DistrustsACertificateFromTheFuture) {
  WebServer server(ok, ca_.issue({.not_before = now() + 24h}));
  const auto answer = transport({ca_.pem()})->send({.url = server.url()}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().hint, HasSubstr("clock"));
}

TEST_F(Https, DistrustsACertificateForAnotherName) {
  WebServer server(ok, ca_.issue({.names = {"nas.example"}}));
  const auto answer = transport({ca_.pem()})->send({.url = server.url()}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Untrusted);
  EXPECT_THAT(answer.error().what, HasSubstr("another name"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Https, ChecksTheUrlsNameEvenWhenConnectingElsewhere) {
  WebServer server(ok, ca_.issue({.names = {"nas.example"}}));
  const auto http = transport({ca_.pem()});
  EXPECT_TRUE(http->send({.url = server.url("/", "nas.example"), .connect_to = "127.0.0.1"}, testing::effort()));
  EXPECT_FALSE(http->send({.url = server.url("/", "other.example"), .connect_to = "127.0.0.1"}, testing::effort()));
}

TEST_F(Https, ChecksAnAddressAgainstTheAddressesInTheCertificate) {
  WebServer right(ok, ca_.issue({.addresses = {"127.0.0.1"}}));
  WebServer wrong(ok, ca_.issue({.addresses = {"127.0.0.2"}}));
  const auto http = transport({ca_.pem()});
  EXPECT_TRUE(http->send({.url = right.url("/", "127.0.0.1")}, testing::effort()));
  EXPECT_EQ(http->send({.url = wrong.url("/", "127.0.0.1")}, testing::effort()).error().code, ErrorCode::Untrusted);
}

TEST_F(Https, AcceptsWhatHasExpiredAndNothingElseWhenToldSo) {
  const TlsTrust trust{.mode = TlsTrust::Mode::VerifyButExpiry, .pins = {}};
  WebServer expired(ok, ca_.issue({.not_before = now() - 48h, .not_after = now() - 1h}));
  WebServer of_another_name(ok, ca_.issue({.names = {"other.example"}, .not_before = now() - 48h, .not_after = now() - 1h}));
  WebServer of_a_stranger(ok, TestCa("Stranger").issue({.not_before = now() - 48h, .not_after = now() - 1h}));
  WebServer not_yet(ok, ca_.issue({.not_before = now() + 48h}));
  const auto http = transport({ca_.pem()});
  EXPECT_TRUE(http->send({.url = expired.url(), .tls = trust}, testing::effort()));
  for (WebServer* bad : {&of_another_name, &of_a_stranger, &not_yet})
    EXPECT_EQ(http->send({.url = bad->url(), .tls = trust}, testing::effort()).error().code, ErrorCode::Untrusted);
  EXPECT_EQ(http->send({.url = expired.url()}, testing::effort()).error().code, ErrorCode::Untrusted);
}

TEST_F(Https, TakesAPinnedCertificateWhateverElseIsWrongWithIt) {
  const auto leaf = selfSigned({.names = {"other.example"}, .not_after = now() - 1h});
  WebServer server(ok, leaf);
  const TlsTrust trust{.mode = TlsTrust::Mode::Pinned, .pins = {std::string(64, '0'), leaf.certificate.sha256()}};
  EXPECT_TRUE(transport({})->send({.url = server.url(), .tls = trust}, testing::effort()));
}

TEST_F(Https, SendsNothingToACertificateThatIsNotThePinnedOne) {
  const auto leaf = ca_.issue();
  WebServer server(ok, leaf);
  const std::string pin(64, 'a');
  const auto answer =
      transport({ca_.pem()})
          ->send({.method = "POST", .url = server.url(), .body = "password", .tls = {TlsTrust::Mode::Pinned, {pin}}},
                 testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Untrusted);
  EXPECT_THAT(answer.error().what, HasSubstr(pin));
  EXPECT_THAT(answer.error().what, HasSubstr(leaf.certificate.sha256()));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Https, AKeptConnectionIsNotReusedUnderAnotherTrust) {
  WebServer server(ok, ca_.issue());
  const auto http = transport({});
  ASSERT_TRUE(http->send({.url = server.url(), .tls = {TlsTrust::Mode::Anything, {}}}, testing::effort()));
  EXPECT_EQ(http->send({.url = server.url()}, testing::effort()).error().code, ErrorCode::Untrusted);
  EXPECT_EQ(http->send({.url = server.url(), .tls = {TlsTrust::Mode::Pinned, {std::string(64, 'a')}}}, testing::effort())
                .error()
                .code,
            ErrorCode::Untrusted);
}

TEST_F(Https, AnythingAcceptsASelfSignedCertificate) {
  WebServer server(ok, selfSigned({.names = {"synology"}}));
  EXPECT_TRUE(transport({})->send({.url = server.url(), .tls = {TlsTrust::Mode::Anything, {}}}, testing::effort()));
}

TEST_F(Https, SaysThatAPortSpeaksPlainHttp) {
  RawServer server([](int socket, int) { sendText(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); });
  const auto answer =
      transport({})->send({.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/"}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(answer.error().hint, HasSubstr("plain http"));
}

TEST_F(Https, SaysThatAPortSpeaksTls) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, std::string_view("\x15\x03\x01\x00\x02\x02\x46\n", 8));
  });
  const auto answer = transport({})->send({.url = server.url()}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().hint, HasSubstr("https"));
}

TEST_F(Https, AServerThatHangsInTheHandshakeIsUnreachable) {
  RawServer server([](int socket, int) {
    char octet = 0;
    while (::recv(socket, &octet, 1, 0) > 0) {
    }
  });
  const auto answer = transport({})->send(
      {.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/", .connect_limit = 60ms}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(answer.error().what, HasSubstr("in time"));
}

TEST_F(Https, AServerThatHangsUpInTheHandshakeIsUnreachable) {
  RawServer server([](int socket, int) {
    char octet = 0;
    ::recv(socket, &octet, 1, 0);
  });
  const auto answer =
      transport({})->send({.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/"}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
}

TEST_F(Https, PeerCertificateShowsTheLeafOfAnybody) {
  const auto leaf = selfSigned({.names = {"nas.example"}, .not_after = now() - 1h});
  WebServer server(ok, leaf);
  const auto der = transport({})->peerCertificate("127.0.0.1", server.port(), "nas.example", testing::effort(5s));
  ASSERT_TRUE(der) << der.error().what;
  EXPECT_EQ(*der, leaf.certificate.toDer());
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Https, PeerCertificateOfAPlainServerFails) {
  WebServer server(ok);
  EXPECT_EQ(transport({})->peerCertificate("127.0.0.1", server.port(), "", testing::effort(5s)).error().code,
            ErrorCode::Unreachable);
}

TEST_F(Https, AMissingTrustFileIsNamed) {
  const auto made = makePocoHttp({.trust_files = {"/no/such/bundle.pem"}}, Log(log_));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::Settings);
  EXPECT_THAT(made.error().what, HasSubstr("/no/such/bundle.pem"));
}

// The cipher suites of a ClientHello (RFC 8446 section 4.1.2), as hexadecimal numbers.
std::vector<std::string> suitesOffered(std::string_view hello) {
  const auto octet = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(hello.at(at))); };
  constexpr std::size_t kSession = 5 + 4 + 2 + 32;  // behind the record's head, the message's head, version and random
  const std::size_t length_at = kSession + 1 + octet(kSession);
  const std::size_t length = octet(length_at) << 8U | octet(length_at + 1);
  std::vector<std::string> suites;
  for (std::size_t at = length_at + 2; at < length_at + 2 + length; at += 2) suites.push_back(hex(hello.substr(at, 2)));
  return suites;
}

TEST_F(Https, OffersOnlyForwardSecrecyAndAuthenticatedEncryption) {
  std::promise<std::string> hello;
  RawServer server([&](int socket, int) {
    std::string octets(4096, '\0');
    octets.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(socket, octets.data(), octets.size(), 0))));
    hello.set_value(octets);
  });
  for (const auto mode : {TlsTrust::Mode::Verify, TlsTrust::Mode::Anything}) {
    hello = {};
    const auto answer = transport({})->send(
        {.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/", .tls = {mode, {}}}, testing::effort());
    EXPECT_FALSE(answer);
    EXPECT_THAT(suitesOffered(hello.get_future().get()),
                ::testing::IsSubsetOf({"1301", "1302", "1303", "c02b", "c02c", "c02f", "c030", "cca8", "cca9", "00ff"}));
  }
}

TEST_F(Https, ATrustFileWithoutACertificateIsAnError) {
  const auto file = directory_ / "empty.pem";
  std::ofstream(file) << "hello\n";
  EXPECT_EQ(makePocoHttp({.trust_files = {file.string()}}, Log(log_)).error().code, ErrorCode::Settings);
}

// What a proxy does after CONNECT: octets both ways until one side ends.
void relay(int left, std::uint16_t port) {
  const Descriptor right = connectTcp(parseAddress("127.0.0.1", port).value(), Patience(testing::effort())).value();
  std::array<pollfd, 2> ends{pollfd{.fd = left, .events = POLLIN, .revents = 0},
                             pollfd{.fd = right.get(), .events = POLLIN, .revents = 0}};
  std::array<char, 4096> buffer{};
  while (::poll(ends.data(), ends.size(), -1) > 0) {
    for (std::size_t from = 0; from < ends.size(); ++from) {
      if (ends[from].revents == 0) continue;
      const ssize_t count = ::recv(ends[from].fd, buffer.data(), buffer.size(), 0);
      if (count <= 0) return;
      sendText(ends[1 - from].fd, {buffer.data(), static_cast<std::size_t>(count)});
    }
  }
}

TEST_F(Https, GoesThroughATunnelAndChecksTheFarEnd) {
  WebServer server(ok, ca_.issue({.names = {"far.invalid"}}));
  RawServer proxy([&](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 Connection established\r\n\r\n");
    relay(socket, server.port());
  });
  const auto proxy_url = "http://127.0.0.1:" + std::to_string(proxy.port());
  const auto http = transport({ca_.pem()}, {.https_proxy = proxy_url});
  const auto answer = http->send({.url = "https://far.invalid/"}, testing::effort());
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "ok");
  EXPECT_TRUE(http->send({.method = "POST", .url = "https://far.invalid/", .body = "x"}, testing::effort()));
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_EQ(http->send({.url = "https://other.invalid/"}, testing::effort()).error().code, ErrorCode::Untrusted);
}

TEST_F(Https, SaysThatAProxyWantsALoginWithoutShowingIt) {
  std::string head;
  RawServer proxy([&](int socket, int) {
    head = readHead(socket);
    sendText(socket, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  });
  const auto http = transport({ca_.pem()}, {.https_proxy = "http://user:p%40ss@127.0.0.1:" + std::to_string(proxy.port())});
  const auto answer = http->send({.url = "https://far.invalid/"}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(answer.error().hint, HasSubstr("HTTPS_PROXY"));
  EXPECT_THAT(head, HasSubstr("CONNECT far.invalid:443 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Proxy-Authorization: Basic " + base64("user:p@ss")));
  EXPECT_THAT(describe(answer.error()), Not(HasSubstr("p@ss")));
}

TEST_F(Https, SendsPlainHttpThroughAProxyWithTheWholeUrl) {
  WebServer proxy(ok);
  const auto http = transport({}, {.http_proxy = "127.0.0.1:" + std::to_string(proxy.port())});
  ASSERT_TRUE(http->send({.url = "http://far.invalid/a?b"}, testing::effort()));
  EXPECT_EQ(proxy.requests().at(0).target, "http://far.invalid/a?b");
}

TEST_F(Https, CallsARefusedProxyTheProxy) {
  for (const char* url : {"https://far.invalid/", "http://far.invalid/"}) {
    const auto http = transport({}, {.https_proxy = "http://127.0.0.1:1", .http_proxy = "http://127.0.0.1:1"});
    const auto answer = http->send({.url = url}, testing::effort());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
    EXPECT_THAT(answer.error().what, HasSubstr("the proxy 127.0.0.1:1 (HTTP"));
    EXPECT_THAT(answer.error().hint, HasSubstr("_PROXY"));
  }
}

TEST_F(Https, CallsAProxyWithoutAnAddressTheProxy) {
  const auto http = transport({}, {.all_proxy = "http://proxy.invalid:3128"});
  const auto answer = http->send({.url = "https://far.invalid/"}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("the proxy proxy.invalid:3128 (ALL_PROXY)"));
}

TEST_F(Https, SaysThatAProxyForHttpWantsALogin) {
  WebServer proxy([](const WebRequest&) { return WebAnswer{.status = 407, .headers = {}, .body = {}}; });
  const auto http = transport({}, {.http_proxy = "127.0.0.1:" + std::to_string(proxy.port())});
  const auto answer = http->send({.url = "http://far.invalid/"}, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("wants a login"));
  EXPECT_THAT(answer.error().hint, HasSubstr("HTTP_PROXY"));
}

TEST_F(Https, TakesAllProxyForWhatHasNoneOfItsOwn) {
  WebServer proxy(ok), other(ok);
  const auto all = "127.0.0.1:" + std::to_string(proxy.port());
  ASSERT_TRUE(transport({}, {.all_proxy = all})->send({.url = "http://far.invalid/"}, testing::effort()));
  EXPECT_EQ(proxy.requests().size(), 1U);
  const auto own = "127.0.0.1:" + std::to_string(other.port());
  ASSERT_TRUE(transport({}, {.http_proxy = own, .all_proxy = all})->send({.url = "http://far.invalid/"}, testing::effort()));
  EXPECT_EQ(proxy.requests().size(), 1U);
  EXPECT_EQ(other.requests().size(), 1U);
}

TEST_F(Https, NamesAWrongNoProxyAtStart) {
  const auto made = makePocoHttp({.no_proxy = "10.0.0.0/40"}, Log(log_));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::Settings);
  EXPECT_THAT(made.error().what, HasSubstr("NO_PROXY"));
}

TEST_F(Https, NoProxyGoesDirect) {
  WebServer server(ok);
  const auto http = transport({}, {.http_proxy = "http://127.0.0.1:1"});
  EXPECT_TRUE(http->send({.url = server.url()}, testing::effort()));
}

TEST_F(Https, AProxyThatIsNoAddressIsNamed) {
  const auto made = makePocoHttp({.https_proxy = "socks5://a:1"}, Log(log_));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("HTTPS_PROXY"));
}

}  // namespace
}  // namespace sidecert::testing
