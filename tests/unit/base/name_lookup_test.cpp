#include "base/name_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/address_order.h"
#include "base/text.h"
#include "support/effort.h"
#include "support/temp_directory.h"

namespace sidecert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LocalNamesTest : public ::testing::Test {
 protected:
  LocalNamesTest() {
    std::ofstream(file_) << "127.0.0.1\tlocalhost\n"
                            "  192.0.2.7  nas NAS.lan # the one in the cellar\n"
                            "2001:db8::7 nas.lan\n"
                            "192.0.2.7 nas.lan\n"
                            "#192.0.2.8 nas\n"
                            "nonsense nas\n"
                            "192.0.2.9\n";
  }
  testing::TempDirectory folder_;
  Path file_ = folder_ / "hosts";
  LocalNames names_{file_};
};

TEST_F(LocalNamesTest, ReadsTheHostsFileWithoutCaseAndWithTheRootsDot) {
  EXPECT_THAT(names_.known("nas"), ElementsAre("192.0.2.7"));
  EXPECT_THAT(names_.known("Nas.LAN."), ElementsAre("192.0.2.7", "2001:db8::7"));
  EXPECT_THAT(names_.known("cellar"), IsEmpty());
}

TEST_F(LocalNamesTest, TakesALiteralForItself) {
  EXPECT_THAT(names_.known("192.0.2.1"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(names_.known("2001:db8::1"), ElementsAre("2001:db8::1"));
}

TEST_F(LocalNamesTest, WhatIsBelowLocalhostIsLoopback) {
  EXPECT_THAT(names_.known("localhost"), ElementsAre("127.0.0.1"));  // as the file says
  EXPECT_THAT(names_.known("dsm.LocalHost."), ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(LocalNames(folder_ / "missing").known("localhost"), ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(names_.known("notlocalhost"), IsEmpty());
}

TEST_F(LocalNamesTest, SaysWhatToDoAboutADotLocalName) {
  const auto found = names_.addressesOf("nas.local", testing::effort());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(found.error().what, HasSubstr("nas.local"));
  EXPECT_THAT(found.error().hint, HasSubstr(".local are unknown in containers: use the address"));
  EXPECT_THAT(unknownName("nas.lan").hint, HasSubstr("check the spelling"));
}

std::vector<std::string> ordered(const std::vector<std::string>& literals) {
  std::vector<TcpAddress> addresses;
  for (const auto& literal : literals) addresses.push_back(parseAddress(literal, 9).value());
  std::vector<std::string> texts;
  for (const auto& address : inOrderOfPreference(std::move(addresses))) texts.push_back(address.text);
  return texts;
}

TEST(AddressOrder, PutsWhatThereIsNoWayToLast) {
  // An IPv6 multicast group of no interface: nobody has a way there by connecting.
  EXPECT_THAT(ordered({"ff0e::1%7654", "127.0.0.1"}), ElementsAre("127.0.0.1 port 9", "ff0e::1%7654 port 9"));
}

TEST(AddressOrder, KeepsTheOrderOfEquals) {
  EXPECT_THAT(ordered({"127.0.0.3", "127.0.0.1", "127.0.0.2"}),
              ElementsAre("127.0.0.3 port 9", "127.0.0.1 port 9", "127.0.0.2 port 9"));
}

}  // namespace
}  // namespace sidecert
