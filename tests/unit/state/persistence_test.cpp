#include "state/persistence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecert::state {
namespace {

using ::testing::HasSubstr;

// As /proc/self/mountinfo shows it in containers, shortened.
constexpr std::string_view kLayer =
    "612 540 0:62 / / ro,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n"
    "613 612 0:65 / /proc rw,nosuid - proc proc rw\n"
    "614 612 0:66 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"
    "621 612 253:0 /docker/containers/abc/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw\n";
constexpr std::string_view kVolume =
    "620 612 253:0 /docker/volumes/sidecert_data/_data /data rw,relatime master:1 - ext4 /dev/vda rw\n";
constexpr std::string_view kBtrfs =
    "620 612 0:48 /docker/side\\040cert /data rw,relatime - btrfs /dev/mapper/cachedev_0 rw,subvol=/x\n";
constexpr std::string_view kTmpfs = "620 612 0:70 / /data rw,relatime - tmpfs tmpfs rw,size=16k\n";

Persistence judge(std::string_view more, bool in_image = true) {
  return judgePersistence(std::string(kLayer) + std::string(more), "/data", in_image);
}

TEST(Persistence, OfAnUnmountedFolderIsTheContainersOwnLayer) {
  EXPECT_EQ(judge(""), Persistence::Layer);
}

TEST(Persistence, OfAVolumeOrAFolderOfTheNasIsGood) {
  EXPECT_EQ(judge(kVolume), Persistence::Kept);
  EXPECT_EQ(judge(kBtrfs), Persistence::Kept);
}

TEST(Persistence, OfATmpfsIsNone) {
  EXPECT_EQ(judge(kTmpfs), Persistence::Memory);
}

TEST(Persistence, OutsideTheImageIsNotDoubted) {
  EXPECT_EQ(judge("", false), Persistence::Kept);
  EXPECT_EQ(judgePersistence("", "/data", true), Persistence::Kept);
}

TEST(Persistence, AFolderBelowAVolumeIsOnIt) {
  EXPECT_EQ(judgePersistence(std::string(kLayer) + std::string(kVolume), "/data/inner", true), Persistence::Kept);
  EXPECT_EQ(judgePersistence(std::string(kLayer) + std::string(kVolume), "/database", true), Persistence::Layer);
}

TEST(Persistence, TellsTheOwnerWhatToMountAndWhichVariableOverrides) {
  const auto why = whyNotKept(Persistence::Layer, "/data");
  ASSERT_TRUE(why);
  EXPECT_THAT(describe(*why), HasSubstr("volumes"));
  EXPECT_THAT(describe(*why), HasSubstr("SIDECERT_EPHEMERAL"));
  EXPECT_FALSE(whyNotKept(Persistence::Kept, "/data"));
}

}  // namespace
}  // namespace sidecert::state
