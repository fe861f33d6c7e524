// What the page of variables says of words that other folders own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acme/known_cas.h"
#include "config/variables.h"

namespace sidecert {
namespace {

TEST(Variables, AcmeServerNamesEveryCaThatIsKnown) {
  for (const acme::KnownCa& ca : acme::knownCas())
    EXPECT_THAT(std::string(config::variables::kServer.meaning), ::testing::HasSubstr(std::string(ca.short_name)));
}

}  // namespace
}  // namespace sidecert
