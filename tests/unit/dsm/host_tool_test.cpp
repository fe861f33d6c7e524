// SYNO_USE_TEMP_ADMIN: DSM's own program, in namespaces of its own where this machine lets us make some.
#include "dsm/host_tool.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "dsm/deployer.h"
#include "fake_dsm.h"
#include "support/temp_directory.h"

namespace sidecert::dsm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a script in synowebapi's place does: notes its arguments, one per line, keeps what was to be imported, and answers.
constexpr const char* kTool = R"(#!/bin/sh
here=$(dirname "$0")
for word in "$@"; do echo "$word"; done >> "$here/arguments"
for word in "$@"; do
  case $word in
    key_tmp=*|cert_tmp=*|inter_cert_tmp=*) eval path=${word#*=}; cp "$path" "$here/${word%%=*}";;
  esac
done
echo '[Line 255] Exec WebAPI' >&2
cat "$here/answer"
)";

class HostToolTest : public ::testing::Test {
 protected:
  HostToolTest() {
    tool = (folder / "synowebapi").string();
    std::ofstream(tool) << kTool;
    chmod(tool.c_str(), 0755);
  }
  void answer(const std::string& text) const { std::ofstream(folder / "answer") << text; }
  std::string kept(const char* name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Ours: no namespace is entered, the rest is as in production.
  HostTool::Host here() const { return {.process = "/proc/self", .tool = tool}; }
  static ImportFiles files() {
    return {.key = Secret(std::string(testing::kOurKey)),
            .certificate = std::string(testing::kOurLeaf),
            .intermediate = std::string(testing::kIssuer),
            .ec_key = true};
  }

  testing::TempDirectory folder;
  std::string tool;
  testing::FakeDsm world;
  config::NasSettings nas;
};

TEST_F(HostToolTest, ListsWhatDsmsProgramAnswersWhateverStandsBeforeIt) {
  answer(
      "progress {\n"
      R"({"data":{"certificates":[{"id":"abc123","desc":"home"}]},"httpd_restart":false,"success":true})"
      "\n");
  HostTool host(nas, world.ports(), here());
  ASSERT_TRUE(host.open(Duration(0)));
  const auto entries = host.list();
  ASSERT_TRUE(entries) << describe(entries.error());
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().id, "abc123");
  EXPECT_EQ(kept("arguments"), "--exec\napi=SYNO.Core.Certificate.CRT\nmethod=list\nversion=1\n");
}

TEST_F(HostToolTest, ImportsByFilesThatAreGoneAfterwardsAndPutsNoKeyIntoArguments) {
  answer(R"({"data":{"id":"8512"},"success":true})");
  HostTool host(nas, world.ports(), here());
  const auto id = host.import({.id = "8512", .description = R"(my "home")", .as_default = true}, files());
  ASSERT_TRUE(id) << describe(id.error());
  EXPECT_EQ(*id, "8512");
  EXPECT_EQ(kept("key_tmp"), testing::kOurKey);
  EXPECT_EQ(kept("cert_tmp"), testing::kOurLeaf);
  EXPECT_EQ(kept("inter_cert_tmp"), testing::kIssuer);
  // Arguments are read as JSON: an id of digits would be a number without its quotes.
  EXPECT_THAT(kept("arguments"), AllOf(HasSubstr("id=\"8512\"\n"), HasSubstr(R"(desc="my \"home\"")"),
                                       HasSubstr("as_default=\"true\"\n"), Not(HasSubstr("PRIVATE"))));
  const std::string arguments = kept("arguments");
  const auto begin = arguments.find("key_tmp=\"") + 9;
  const std::filesystem::path key = arguments.substr(begin, arguments.find('"', begin) - begin);
  EXPECT_EQ(key.filename(), "key.pem");
  EXPECT_FALSE(std::filesystem::exists(key.parent_path())) << key;
}

TEST_F(HostToolTest, NeverSaysAsDefaultUnlessItIsWanted) {
  answer(R"({"data":{"id":"a"},"success":true})");
  HostTool host(nas, world.ports(), here());
  ASSERT_TRUE(host.import({.id = "a", .description = ""}, files()));
  EXPECT_THAT(kept("arguments"), Not(HasSubstr("as_default")));
}

TEST_F(HostToolTest, TellsDsmsRefusalInPlainWords) {
  answer(R"({"error":{"code":5511},"success":false})");
  HostTool host(nas, world.ports(), here());
  const auto id = host.import({.id = "a", .description = ""}, files());
  ASSERT_FALSE(id);
  EXPECT_THAT(id.error().hint, HasSubstr("ACME_KEYLENGTH=2048"));
}

TEST_F(HostToolTest, CallsAnImportWithoutAnAnswerLost) {
  answer("Segmentation fault\n");
  HostTool host(nas, world.ports(), here());
  const auto id = host.import({.id = "a", .description = ""}, files());
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, ErrorCode::AnswerLost);
}

TEST_F(HostToolTest, AsksTheHostWhereItsPagesAre) {
  answer(R"({"data":{"http_port":5000,"https_port":7443,"enable_https":true},"success":true})");
  HostTool host(nas, world.ports(), here());
  const WebServer web = host.webServer();
  EXPECT_EQ(web.https_port, 7443);
  EXPECT_EQ(web.address, "127.0.0.1");
  EXPECT_THAT(kept("arguments"), HasSubstr("api=SYNO.Core.Web.DSM\nmethod=get\nversion=1\n"));
}

TEST_F(HostToolTest, KnowsNothingOfPagesThatTheHostDoesNotTell) {
  answer(R"({"error":{"code":102},"success":false})");
  HostTool host(nas, world.ports(), here());
  EXPECT_FALSE(host.webServer().https_port);
}

TEST_F(HostToolTest, SendsServiceObjectsAsTheyWereListed) {
  answer(R"({"success":true})");
  HostTool host(nas, world.ports(), here());
  const std::string object = testing::serviceObject("FTPS", "smbftpd", "ftpd").dump();
  ASSERT_TRUE(host.assign({{.service = {.verbatim = object}, .from = "old", .to = "new"}}));
  EXPECT_THAT(kept("arguments"), HasSubstr(R"(settings=[{"service":)" + object + R"(,"old_id":"old","id":"new"}])"));
}

TEST_F(HostToolTest, IsRefusedInAnOrdinaryContainerWithWhatItLacks) {
  HostTool host(nas, world.ports(), {.process = "/proc/self"});
  const auto opened = host.open(Duration(0));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Settings);
  EXPECT_THAT(opened.error().what, HasSubstr("process 1 is the container's own"));
  EXPECT_THAT(opened.error().hint, AllOf(HasSubstr("SYNO_USERNAME"), HasSubstr("pid: host"), HasSubstr("root on the NAS")));
}

TEST_F(HostToolTest, ClearsAwayWhatAnInterruptedImportLeft) {
  const testing::TempDirectory root;
  std::filesystem::create_directories(root / "root/tmp/sidecert-import-0123");
  std::filesystem::create_directories(root / "root/tmp/somebody-elses");
  std::filesystem::create_directories(root / "ns");
  std::filesystem::create_symlink("/proc/self/ns/mnt", root / "ns/mnt");
  std::filesystem::create_directories(root / "root/usr/syno/bin");
  std::ofstream(root / "root/usr/syno/bin/synowebapi");
  HostTool host(nas, world.ports(), {.process = root.path()});
  ASSERT_TRUE(host.open(Duration(0)));
  EXPECT_FALSE(std::filesystem::exists(root / "root/tmp/sidecert-import-0123"));
  EXPECT_TRUE(std::filesystem::exists(root / "root/tmp/somebody-elses"));
}

/// A process in a mount namespace of its own, where /usr/syno is the test's folder and nothing here shows it.
class OtherHost {
 public:
  explicit OtherHost(const std::filesystem::path& tools) {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      char done = '0';
      const bool made = unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) == 0 &&
                        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                        mount(tools.c_str(), "/mnt", nullptr, MS_BIND, nullptr) == 0;
      if (made) done = '1';
      (void)!write(ready[1], &done, 1);
      for (;;) pause();
    }
    char done = '0';
    (void)!::read(ready[0], &done, 1);
    made_ = done == '1';
    close(ready[0]);
    close(ready[1]);
  }
  OtherHost(const OtherHost&) = delete;
  OtherHost& operator=(const OtherHost&) = delete;
  ~OtherHost() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string process() const { return "/proc/" + std::to_string(child_); }

 private:
  pid_t child_ = -1;
  bool made_ = false;
};

TEST_F(HostToolTest, EntersTheNamespacesOfTheHost) {
  const OtherHost other(folder.path());
  if (!other.made()) GTEST_SKIP() << "this container may not make namespaces (CAP_SYS_ADMIN)";
  ASSERT_FALSE(std::filesystem::exists("/mnt/synowebapi"));
  answer(R"({"data":{"id":"abc123"},"success":true})");
  HostTool host(nas, world.ports(), {.process = other.process(), .tool = "/mnt/synowebapi"});
  const auto opened = host.open(Duration(0));
  ASSERT_TRUE(opened) << describe(opened.error());
  const auto id = host.import({.id = "abc123", .description = "home"}, files());
  ASSERT_TRUE(id) << describe(id.error());
  EXPECT_EQ(kept("key_tmp"), testing::kOurKey);
}

}  // namespace
}  // namespace sidecert::dsm
