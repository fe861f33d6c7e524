#include "dns/providers/scheme.h"

#include "base/encoding.h"
#include "crypto/digest.h"

namespace sidecert::dns::providers {
namespace {

// "get-vanilla" of AWS's Signature Version 4 test suite.
TEST(AwsV4, SignsTheVendorsVector) {
  const std::map<std::string, std::string> with = {{"key", "AKIDEXAMPLE"},
                                                   {"secret", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
                                                   {"region", "us-east-1"},
                                                   {"service", "service"}};
  HttpRequest request;
  request.url = "https://example.amazonaws.com/";
  const SigningContext context{with, *fromIso("2015-08-30T12:36:00Z"), {}};
  ASSERT_TRUE(makeAwsV4()->sign(request, context));
  EXPECT_EQ(
      request.headers.first("Authorization"),
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
      "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

}  // namespace
}  // namespace sidecert::dns::providers
