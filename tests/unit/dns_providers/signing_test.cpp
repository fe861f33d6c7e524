// The signing schemes, each held against what its vendor published.
#include "dns/providers/scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/key.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Signed {
  HttpRequest request;
  std::string authorization() const { return request.headers.first("Authorization").value_or(""); }
};

Signed sign(std::string_view scheme, HttpRequest request, const std::map<std::string, std::string>& with,
            std::string_view moment, const std::string& nonce = "", const std::string& fetched = "") {
  const auto made = findScheme(scheme)->make();
  const SigningContext context{with, *fromIso(moment), nonce,
                               [&](const std::string&) -> Result<std::string> { return fetched; }};
  const auto done = made->sign(request, context);
  EXPECT_TRUE(done) << done.error().what;
  return {request};
}

HttpRequest to(std::string method, std::string url, std::string body = "", std::string type = "") {
  HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.body = std::move(body);
  if (!type.empty()) request.headers.set("Content-Type", type);
  return request;
}

// AWS's Signature Version 4 test suite (aws-sig-v4-test-suite), by the names of its folders.
struct AwsCase {
  std::string_view folder, method, url, signature;
};

class AwsV4Suite : public ::testing::TestWithParam<AwsCase> {};

const std::map<std::string, std::string> kAwsKeys = {{"key", "AKIDEXAMPLE"},
                                                     {"secret", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
                                                     {"region", "us-east-1"},
                                                     {"service", "service"}};

TEST_P(AwsV4Suite, SignsAsTheVendorDoes) {
  const auto& [folder, method, url, signature] = GetParam();
  const Signed done = sign("aws-v4", to(std::string(method), std::string(url)), kAwsKeys, "2015-08-30T12:36:00Z");
  EXPECT_EQ(done.authorization(),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=" +
                std::string(signature));
}

INSTANTIATE_TEST_SUITE_P(Published, AwsV4Suite,
                         ::testing::Values(AwsCase{"get_vanilla", "GET", "https://example.amazonaws.com/",
                                                   "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
                                           AwsCase{"post_vanilla", "POST", "https://example.amazonaws.com/",
                                                   "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
                                           AwsCase{"get_vanilla_query_order_key_case", "GET",
                                                   "https://example.amazonaws.com/?Param2=value2&Param1=value1",
                                                   "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"}),
                         [](const auto& given) { return std::string(given.param.folder); });

TEST(AwsV4, SignsASessionTokenAsTheSuitesPostStsHeaderBeforeDoes) {
  auto with = kAwsKeys;
  with["token"] =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7"
      "mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+"
      "xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  const Signed done = sign("aws-v4", to("POST", "https://example.amazonaws.com/"), with, "2015-08-30T12:36:00Z");
  EXPECT_EQ(done.request.headers.first("X-Amz-Security-Token"), with["token"]);
  EXPECT_THAT(done.authorization(), EndsWith("SignedHeaders=host;x-amz-date;x-amz-security-token, "
                                             "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"));
}

// https://www.tencentcloud.com/document/api/1227/61798: the example of "Signature v3"; its keys are printed as asterisks,
// and the printed signature is made with them.
TEST(TencentTc3, SignsTheDocumentedExample) {
  HttpRequest request = to("POST", "https://cvm.tencentcloudapi.com/",
                           R"({"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]})",
                           "application/json; charset=utf-8");
  request.headers.set("X-TC-Action", "DescribeInstances");
  const std::string stars(32, '*');
  const Signed done =
      sign("tencent-tc3", request, {{"id", "AKID" + stars}, {"key", stars}, {"service", "cvm"}}, "2019-02-25T16:44:25Z");
  EXPECT_EQ(done.request.headers.first("X-TC-Timestamp"), "1551113065");
  EXPECT_EQ(done.authorization(), "TC3-HMAC-SHA256 Credential=AKID" + stars +
                                      "/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, "
                                      "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f");
}

// The same page in its older edition, whose example has no X-TC-Action among the signed header fields.
TEST(TencentTc3, SignsTheOlderExample) {
  const Signed done =
      sign("tencent-tc3",
           to("POST", "https://cvm.tencentcloudapi.com/",
              R"({"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]})",
              "application/json; charset=utf-8"),
           {{"id", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"}, {"key", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"}, {"service", "cvm"}},
           "2019-02-25T16:44:25Z");
  EXPECT_THAT(done.authorization(), EndsWith("SignedHeaders=content-type;host, "
                                             "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"));
}

// https://www.alibabacloud.com/help/en/dns (request signatures): DescribeDomainRecords with testid and testsecret.
TEST(AlibabaRpc, SignsTheDocumentedExample) {
  const Signed done = sign(
      "alibaba-rpc",
      to("GET",
         "https://alidns.aliyuncs.com/?Format=XML&Action=DescribeDomainRecords&DomainName=example.com&Version=2015-01-09"),
      {{"id", "testid"}, {"key", "testsecret"}}, "2016-03-24T16:41:54Z", "f59ed6a9-83fc-473b-9cc6-99c95df3856e");
  EXPECT_THAT(done.request.url, EndsWith("&Signature=" + percentEncode("uRpHwaSEt3J+6KQD//svCh/x+pI=")));
}

// https://github.com/ovh/go-ovh and the API's first steps: the example of a signed call.
TEST(Ovh, SignsTheDocumentedExample) {
  const Signed done = sign("ovh", to("GET", "https://eu.api.ovh.com/1.0/domains/"),
                           {{"application", "7kbG7Bk7S9Nt7ZSV"},
                            {"secret", "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF"},
                            {"consumer", "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1"},
                            {"time", "https://eu.api.ovh.com/1.0/auth/time"}},
                           "2013-04-21T00:00:00Z", "", "1366560945");
  EXPECT_EQ(done.request.headers.first("X-Ovh-Timestamp"), "1366560945");
  EXPECT_EQ(done.request.headers.first("X-Ovh-Signature"), "$1$d3705e8afb27a0d2970a322b96550abfc67bb798");
}

// Akamai's own test data, which all its EdgeGrid libraries share (testdata.json of AkamaiOPEN-edgegrid).
struct EdgeGridCase {
  std::string_view name, method, path, body, signature;
};

class EdgeGridSuite : public ::testing::TestWithParam<EdgeGridCase> {};

TEST_P(EdgeGridSuite, SignsAsTheVendorDoes) {
  const auto& [name, method, path, body, signature] = GetParam();
  const Signed done =
      sign("edgegrid",
           to(std::string(method), "https://akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net" + std::string(path),
              std::string(body)),
           {{"client", "akab-client-token-xxx-xxxxxxxxxxxxxxxx"},
            {"access", "akab-access-token-xxx-xxxxxxxxxxxxxxxx"},
            {"secret", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx="}},
           "2014-03-21T19:34:21Z", "nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
  EXPECT_EQ(done.authorization(),
            "EG1-HMAC-SHA256 client_token=akab-client-token-xxx-xxxxxxxxxxxxxxxx;access_token=akab-access-token-xxx-"
            "xxxxxxxxxxxxxxxx;timestamp=20140321T19:34:21+0000;nonce=nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx;signature=" +
                std::string(signature));
}

INSTANTIATE_TEST_SUITE_P(
    Published, EdgeGridSuite,
    ::testing::Values(EdgeGridCase{"simple_get", "GET", "/", "", "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="},
                      EdgeGridCase{"get_with_querystring", "GET", "/testapi/v1/t1?p1=1&p2=2", "",
                                   "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA="},
                      EdgeGridCase{"post_inside_limit", "POST", "/testapi/v1/t3", "datadatadatadatadatadatadatadata",
                                   "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4="},
                      EdgeGridCase{"post_empty_body", "POST", "/testapi/v1/t6", "",
                                   "1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ="}),
    [](const auto& given) { return std::string(given.param.name); });

// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-004.html
TEST(HuaweiSdk, SignsTheDocumentedExample) {
  const Signed done = sign("huawei",
                           to("GET",
                              "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker="
                              "13551d6b-755d-4757-b956-536f674975c0",
                              "", "application/json"),
                           {{"key", "QTWAOYTTINDUT2QVKYUC"}, {"secret", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"}},
                           "2019-11-15T03:36:55Z");
  EXPECT_EQ(done.authorization(),
            "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, "
            "Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe");
}

// https://api-docs.dnsmadeeasy.com: the example of the HMAC.
TEST(DnsMadeEasy, SignsTheDocumentedExample) {
  const Signed done =
      sign("dnsmadeeasy", to("GET", "https://api.dnsmadeeasy.com/V2.0/dns/managed/"),
           {{"key", "1c1a3c91-4770-4ce7-96f4-54c0eb0e457a"}, {"secret", "c9b5625f-9834-4ff8-baba-4ed5f32cae55"}},
           "2011-02-12T20:59:04Z");
  EXPECT_EQ(done.request.headers.first("x-dnsme-requestDate"), "Sat, 12 Feb 2011 20:59:04 GMT");
  EXPECT_EQ(done.request.headers.first("x-dnsme-hmac"), "b3502e6116a324f3cf4a8ed693d78bcee8d8fe3c");
}

// Constellix publishes the rule and no example; this one was made with `openssl dgst -sha1 -hmac`.
TEST(Constellix, PutsKeyHashAndMillisecondsIntoOneHeader) {
  const Signed done = sign("constellix", to("GET", "https://api.dns.constellix.com/v1/domains"),
                           {{"key", "key"}, {"secret", "secret"}}, "2026-03-01T12:00:00Z");
  EXPECT_EQ(done.request.headers.first("x-cns-security-token"), "key:DUXiwKXjmZ2y25q39N+Yoa6C0jY=:1772366400000");
}

// https://rest.websupport.sk/docs/v1.intro publishes the rule and no example; this one was made with `openssl dgst`.
TEST(Websupport, SignsMethodPathAndSecondsButNotTheQuery) {
  const Signed done = sign("websupport", to("GET", "https://rest.websupport.sk/v1/user/self/zone?page=2"),
                           {{"key", "key"}, {"secret", "secret"}}, "2026-03-01T12:00:00Z");
  EXPECT_EQ(done.request.headers.first("Date"), "2026-03-01T12:00:00+0000");
  EXPECT_EQ(done.authorization(), "Basic " + base64("key:c2eb4c69f1d603071c4b47f0d223523eace9856c"));
}

// https://www.gname.com/domain/api/jiexi/add publishes the rule and no example; this one was made with `md5sum`.
TEST(Gname, SignsTheSortedForm) {
  const Signed done = sign("gname", to("POST", "https://api.gname.com/api/resolution/add", "ym=example.com&appid=7&lx=TXT"),
                           {{"key", "secret"}}, "2026-03-01T12:00:00Z");
  EXPECT_EQ(done.request.body, "appid=7&lx=TXT&ym=example.com&gntoken=01CE996E26A4AFBE71B3F2D6506A3AA0");
}

// The test of the vendor's own client (python-exoscale, tests/test_auth.py); its moment is that at which the request
// expires.
TEST(Exoscale, SignsAsTheVendorDoes) {
  const std::map<std::string, std::string> with = {{"key", "EXOxxx"}, {"secret", std::string(43, 'X')}};
  const Signed plain = sign("exoscale", to("GET", "https://api.exoscale.com/v2/zone"), with, "2076-12-31T23:50:00Z");
  EXPECT_EQ(plain.authorization(),
            "EXO2-HMAC-SHA256 credential=EXOxxx,expires=3376684800,signature=Ntbq/p0HVmA3Zg1HHY+Lq1vjFGi7HeMrrgXDS5jRNlY=");
}

// https://openapi-v2.exoscale.com/#section/Authentication: its examples, with the signatures that the rule gives.
TEST(Exoscale, SignsBodyAndQuery) {
  const std::map<std::string, std::string> with = {{"key", "EXO29147e9f89102b7ac1e88514"},
                                                   {"secret", "Gjq2O4GmXbrVwWiwvSaXAX4pkXhJyK8Dl7zuvkJ8rIw"}};
  const Signed body =
      sign("exoscale", to("POST", "https://api.exoscale.com/v2/security-group", R"({"name": "my-security-group"})"), with,
           "2020-09-03T13:42:47Z");
  EXPECT_THAT(body.authorization(), EndsWith(",expires=1599141167,signature=ebsAUvtBoA7c1g4ZKcAZ3v/wBbMkgmdGfBjTbMbf85M="));
  const Signed query =
      sign("exoscale", to("GET", "https://api.exoscale.com/v2/resource/a02baf5a-a3e4-49a0-857b-8a08d276c1c0?p2=v2&p1=v1"),
           with, "2020-09-03T13:42:47Z");
  EXPECT_THAT(
      query.authorization(),
      EndsWith(",signed-query-args=p1;p2,expires=1599141167,signature=fxCxUdikyaFKdeay6I8ggGoM55whBvYS4CenbR5HCNg="));
}

// AuroraDNS publishes the rule in libcloud's driver and no example; this one was made with `openssl dgst`.
TEST(AuroraDns, SignsMethodPathAndDateButNotTheQuery) {
  const Signed done = sign("auroradns", to("GET", "https://api.auroradns.eu/zones/example.com?x=1"),
                           {{"key", "key"}, {"secret", "secret"}}, "2026-03-01T12:00:00Z");
  EXPECT_EQ(done.request.headers.first("X-AuroraDNS-Date"), "20260301T120000Z");
  EXPECT_EQ(done.authorization(), "AuroraDNSv1 " + base64("key:x3R0JnCch8TnWa30xsQNxuexzWGi6ot1M+OP34VjciM="));
}

// https://cloud.baidu.com/doc/Reference/s/wjwvz1xt2: the example, with host and x-bce-date as what is signed.
TEST(BaiduBce, SignsTheDocumentedExample) {
  const Signed done = sign(
      "baidu-bce",
      to("PUT", "https://bj.bcebos.com/v1/test/myfolder/readme.txt?uploadId=a44cc9bab11cbd156984767aad637851&partNumber=9"),
      {{"id", std::string(32, 'a')}, {"key", std::string(32, 'b')}}, "2015-04-27T08:23:49Z");
  EXPECT_EQ(done.authorization(), "bce-auth-v1/" + std::string(32, 'a') +
                                      "/2015-04-27T08:23:49Z/1800/host;x-bce-date/"
                                      "1b8de5a23a56eef657c69f94c621e7acd227d049a4ba577f537d5e5cebf0cf32");
}

// The test of the vendor's own signer (jdcloud-sdk-cpp-signer, JdcloudSignerImplTest).
TEST(JdCloud2, SignsAsTheVendorDoes) {
  const Signed done =
      sign("jdcloud2", to("GET", "http://vm.cn-north-1.jdcloud.net/"),
           {{"key", "ak"}, {"secret", "sk"}, {"region", "cn-north-1"}, {"service", "vm"}}, "2009-02-13T23:31:30Z", "uuid");
  EXPECT_EQ(done.authorization(),
            "JDCLOUD2-HMAC-SHA256 Credential=ak/20090213/cn-north-1/vm/jdcloud2_request, "
            "SignedHeaders=host;x-jdcloud-date;x-jdcloud-nonce, "
            "Signature=43a76892222031f847c00c56cac8d4d2dc179a4e75a37868d09a5300435f4054");
}

class RsaSchemes : public ::testing::Test {
 protected:
  crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::KeyType::Rsa2048);
};

// https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests: header and claim set of the
// page's example; the page shows no key, so the signature is checked with one of our own.
TEST_F(RsaSchemes, MakeGooglesExampleOfAnAssertion) {
  const Signed done = sign(
      "jwt-bearer", to("POST", "https://oauth2.googleapis.com/token", "grant_type=x", "application/x-www-form-urlencoded"),
      {{"key", key_.toPem().reveal()},
       {"issuer", "761326798069-r5mljlln1rd4lrbhg75efgigp36m78j5@developer.gserviceaccount.com"},
       {"scope", "https://www.googleapis.com/auth/prediction"}},
      "2012-02-06T17:53:05Z");
  const std::string input =
      "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJpc3MiOiI3NjEzMjY3OTgwNjktcjVtbGpsbG4xcmQ0bHJiaGc3NWVmZ2lncDM2bTc4ajVAZGV2ZWxvcGVyLmdzZXJ2aWNlYWNjb3VudC5jb20iLCJzY"
      "29w"
      "ZSI6Imh0dHBzOi8vd3d3Lmdvb2dsZWFwaXMuY29tL2F1dGgvcHJlZGljdGlvbiIsImF1ZCI6Imh0dHBzOi8vb2F1dGgyLmdvb2dsZWFwaXMuY29tL3Rva"
      "2Vu"
      "IiwiZXhwIjoxMzI4NTU0Mzg1LCJpYXQiOjEzMjg1NTA3ODV9";
  EXPECT_EQ(done.request.body, "grant_type=x&assertion=" + input + "." + base64Url(key_.sign(input)));
}

TEST_F(RsaSchemes, SignTheBodyOfATransIpLogin) {
  const std::string body = R"({"login":"home","nonce":"6f1c"})";
  const Signed done = sign("transip", to("POST", "https://api.transip.nl/v6/auth", body), {{"key", key_.toPem().reveal()}},
                           "2026-03-01T12:00:00Z");
  EXPECT_EQ(done.request.body, body);
  EXPECT_EQ(done.request.headers.first("Signature"), base64(*key_.signPkcs1(crypto::Hash::Sha512, body)));
}

TEST_F(RsaSchemes, SayWhatIsWrongWithAKey) {
  const auto ec = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  HttpRequest request = to("POST", "https://api.transip.nl/v6/auth", "{}");
  const std::map<std::string, std::string> with = {{"key", ec.toPem().reveal()}, {"issuer", "x"}, {"scope", "x"}};
  const SigningContext context{with, *fromIso("2026-03-01T12:00:00Z"), "", {}};
  for (const char* scheme : {"transip", "jwt-bearer"}) {
    const auto done = findScheme(scheme)->make()->sign(request, context);
    ASSERT_FALSE(done) << scheme;
    EXPECT_EQ(done.error().code, ErrorCode::Settings);
    EXPECT_THAT(done.error().what, HasSubstr("RSA")) << scheme;
  }
}

// https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm: what is signed in its examples of GET and
// POST; the page's key has 1024 bits, which no service takes, so the signature is checked with one of our own.
TEST_F(RsaSchemes, SignDateTargetHostAndBodyForOracle) {
  const std::map<std::string, std::string> with = {
      {"key", key_.toPem().reveal()}, {"tenancy", "ocid1.tenancy.oc1..t"}, {"user", "ocid1.user.oc1..u"}};
  const Signed get =
      sign("oci", to("GET", "https://iaas.us-phoenix-1.oraclecloud.com/20160918/instances?availabilityDomain=x"), with,
           "2014-01-05T21:31:40Z");
  EXPECT_EQ(get.request.headers.first("Date"), "Sun, 05 Jan 2014 21:31:40 GMT");
  const std::string lines =
      "date: Sun, 05 Jan 2014 21:31:40 GMT\n(request-target): get /20160918/instances?availabilityDomain=x\n"
      "host: iaas.us-phoenix-1.oraclecloud.com";
  EXPECT_THAT(get.authorization(), EndsWith("headers=\"date (request-target) host\",signature=\"" +
                                            base64(*key_.signPkcs1(crypto::Hash::Sha256, lines)) + "\""));
  const Signed post =
      sign("oci", to("POST", "https://iaas.us-phoenix-1.oraclecloud.com/20160918/volumes", "{}", "application/json"), with,
           "2014-01-05T21:31:40Z");
  const std::string sum = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
  EXPECT_EQ(post.request.headers.first("x-content-sha256"), sum);
  const std::string more =
      "date: Sun, 05 Jan 2014 21:31:40 GMT\n(request-target): post /20160918/volumes\nhost: "
      "iaas.us-phoenix-1.oraclecloud.com\n"
      "content-length: 2\ncontent-type: application/json\nx-content-sha256: " +
      sum;
  EXPECT_THAT(post.authorization(), EndsWith("signature=\"" + base64(*key_.signPkcs1(crypto::Hash::Sha256, more)) + "\""));
}

TEST_F(RsaSchemes, NameAnOracleKeyByItsFingerprint) {
  const Signed done = sign("oci", to("GET", "https://dns.eu-frankfurt-1.oraclecloud.com/"),
                           {{"key", key_.toPem().reveal()}, {"tenancy", "t"}, {"user", "u"}}, "2014-01-05T21:31:40Z");
  EXPECT_THAT(done.authorization(), ::testing::ContainsRegex("keyId=\"t/u/([0-9a-f][0-9a-f]:){15}[0-9a-f][0-9a-f]\""));
}

// https://yandex.cloud/en/docs/iam/operations/iam-token/create-for-sa: header and payload of the page.
TEST_F(RsaSchemes, PutAJwtIntoTheBodyForYandex) {
  const Signed done =
      sign("yandex-jwt", to("POST", "https://iam.api.cloud.yandex.net/iam/v1/tokens"),
           {{"key", key_.toPem().reveal()}, {"key_id", "lfkoe35hsk58aks301nl"}, {"issuer", "ajepg0mjt06siua65usm"}},
           "2017-03-08T07:04:46Z");
  const std::string header = base64Url(R"({"typ":"JWT","alg":"PS256","kid":"lfkoe35hsk58aks301nl"})");
  const std::string claims = base64Url(
      R"({"iss":"ajepg0mjt06siua65usm","aud":"https://iam.api.cloud.yandex.net/iam/v1/tokens","iat":1488956686,"exp":1488960286})");
  EXPECT_THAT(done.request.body, ::testing::StartsWith(R"({"jwt":")" + header + "." + claims + "."));
  EXPECT_EQ(done.request.headers.first("Content-Type"), "application/json");
}

}  // namespace
}  // namespace sidecert::dns::providers
