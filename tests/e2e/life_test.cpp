// The program that ships, between its passes and beside others: signals, changed files, held settings, shared folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "support/child_process.h"
#include "support/free_address.h"
#include "support/temp_directory.h"

namespace sidecert::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Life : public ::testing::Test {
 protected:
  // Nothing answers here, so a pass fails at once and waits.
  Life()
      : environment_{
            {"ACME_DOMAINS", "home.example"}, {"ACME_SERVER", "https://127.0.0.1:" + std::to_string(freePort()) + "/dir"},
            {"ACME_DNS", "dns_nsupdate"},     {"NSUPDATE_SERVER", "127.0.0.1"},
            {"NSUPDATE_KEY", "/nonexistent"}, {"SIDECERT_DATA", data()}} {}

  std::string data() const { return (files_ / "data").string(); }
  std::unique_ptr<ChildProcess> start(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), SIDECERT_PROGRAM);
    return std::make_unique<ChildProcess>(ChildProcess::Options{
        .command = arguments, .environment = environment_, .clean_environment = true, .directory = {}});
  }
  static std::ptrdiff_t count(const std::string& text, const std::string& part) {
    std::ptrdiff_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  // Until the line has come so often. The child ends with the test, so a wait without end shows as a time-out.
  static void awaitCount(const ChildProcess& process, const std::string& part, std::ptrdiff_t times) {
    for (int i = 0; i < 1200 && count(process.output(), part) < times; ++i) ::usleep(50'000);
    ASSERT_GE(count(process.output(), part), times) << process.output();
  }
  // It has become the waiting process when its command line says so.
  static void awaitWaiting(const ChildProcess& process) {
    const std::string path = "/proc/" + std::to_string(process.pid()) + "/cmdline";
    for (int i = 0; i < 1200; ++i) {
      std::string line;
      std::getline(std::ifstream(path), line);
      if (line.starts_with(std::string("sidecert\0wait", 13))) return;
      ::usleep(50'000);
    }
    FAIL() << "it does not wait: " << process.output();
  }

  TempDirectory files_;
  std::map<std::string, std::string> environment_;
};

/// The words of the waiting process's command line.
std::vector<std::string> waitOrderOf(const ChildProcess& process) {
  std::ifstream file("/proc/" + std::to_string(process.pid()) + "/cmdline");
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

// Container Manager mails every end the owner did not order.
TEST_F(Life, ARetryAndHeldSettingsHappenInPlaceWhateverTheDriver) {
  const auto failed = start();
  awaitWaiting(*failed);
  auto words = waitOrderOf(*failed);
  ASSERT_GE(words.size(), 6U);
  EXPECT_EQ(words[4], "1") << "it would end for a retry";
  environment_.erase("ACME_DOMAINS");
  const auto held = start();
  awaitWaiting(*held);
  words = waitOrderOf(*held);
  ASSERT_GE(words.size(), 6U);
  EXPECT_EQ(words[4], "1") << "it would end, and the restart policy would loop";
}

TEST_F(Life, AChangedFileThatAProvidersVariableNamesMakesAPassNow) {
  const std::string key = (files_ / "tsig.key").string();
  std::ofstream(key) << "key \"a\" { algorithm hmac-sha256; secret \"AAAA\"; };";
  environment_["NSUPDATE_KEY"] = key;
  const auto process = start();
  awaitWaiting(*process);
  std::ofstream(key) << "key \"a\" { algorithm hmac-sha256; secret \"BBBB\"; };";
  awaitCount(*process, "sidecert 0", 2);
}

TEST_F(Life, WaitingEndsWithZeroOnSigtermAndOnSigint) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto process = start();
    awaitWaiting(*process);
    process->signal(signal);
    EXPECT_EQ(process->wait(), 0);
  }
}

TEST_F(Life, ASignalAtAnyMomentOfTheStartEndsIt) {
  for (int i = 0; i < 20; ++i) {
    const auto process = start();
    ::usleep(static_cast<useconds_t>(i) * 5'000);
    process->signal(SIGTERM);
    const auto code = process->wait(30s);
    ASSERT_TRUE(code) << "it goes on after SIGTERM: " << process->output();
  }
}

TEST_F(Life, SighupMakesAPassNow) {
  const auto process = start();
  awaitWaiting(*process);
  process->signal(SIGHUP);
  awaitCount(*process, "sidecert 0", 2);
  awaitWaiting(*process);
}

TEST_F(Life, AChangedSecretFileMakesAPassNow) {
  const std::string secret = (files_ / "secret").string();
  std::ofstream(secret) << "ops@home.example";
  environment_["ACME_EMAIL_FILE"] = secret;
  const auto process = start();
  awaitWaiting(*process);
  std::ofstream(secret) << "other@home.example";
  awaitCount(*process, "sidecert 0", 2);
}

TEST_F(Life, WrongSettingsAreHeldUntilTheirFileIsRight) {
  const std::string names = (files_ / "names").string();
  std::ofstream(names) << "not a name";
  environment_.erase("ACME_DOMAINS");
  environment_["ACME_DOMAINS_FILE"] = names;
  const auto process = start();
  ASSERT_TRUE(process->waitForLine("nothing is done until the settings above are right", 60s)) << process->output();
  awaitWaiting(*process);
  // As an editor or Docker replaces it: another file under the same name.
  std::ofstream(names + ".new") << "home.example";
  ASSERT_EQ(::rename((names + ".new").c_str(), names.c_str()), 0);
  awaitCount(*process, "sidecert 0", 1);
}

TEST_F(Life, Trap27_ASecondContainerWaitsForTheFirstAndTakesOverWhenThatIsGone) {
  std::filesystem::create_directories(data());
  const std::string lock = data() + "/lock";
  ChildProcess holder({.command = {"flock", lock, "sleep", "600"}, .environment = {}, .directory = {}});
  struct stat status{};
  for (int i = 0; i < 1200 && ::stat(lock.c_str(), &status) != 0; ++i) ::usleep(50'000);
  ::usleep(200'000);
  const auto second = start({"renew"});
  ASSERT_TRUE(second->waitForLine("another Sidecert is working in " + data(), 60s)) << second->output();
  ChildProcess killer({.command = {"pkill", "-9", "-P", std::to_string(holder.pid())}, .environment = {}, .directory = {}});
  EXPECT_EQ(killer.wait(), 0) << killer.output();
  holder.signal(SIGKILL);
  EXPECT_TRUE(second->wait(60s)) << second->output();
}

// On a machine that has OpenSSL's "legacy" provider the static program loaded it, and another C library with it.
TEST_F(Life, NoSharedObjectIsLoaded) {
  environment_["OPENSSL_MODULES"] = PROVIDERS_FOLDER;
  environment_["LOADED_MARKER"] = (files_ / "loaded").string();
  ASSERT_TRUE(std::filesystem::exists(PROVIDERS_FOLDER "/legacy.so"));
  const auto process = start({"renew"});
  EXPECT_TRUE(process->wait(60s));
  EXPECT_FALSE(std::filesystem::exists(files_ / "loaded"));
}

TEST_F(Life, AFolderOfSomebodyElseIsExplained) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  std::filesystem::create_directories(data());
  ASSERT_EQ(::chown(data().c_str(), 1026, 100), 0);
  ASSERT_EQ(::chmod(data().c_str(), 0700), 0);
  ASSERT_EQ(::chmod(files_.path().c_str(), 0755), 0);
  ChildProcess process(
      {.command = {"setpriv", "--reuid", "65532", "--regid", "65532", "--clear-groups", SIDECERT_PROGRAM, "renew"},
       .environment = environment_,
       .clean_environment = true,
       .directory = {}});
  EXPECT_EQ(process.wait(60s), 1);
  EXPECT_THAT(process.output(), HasSubstr("nothing is ordered"));
  EXPECT_THAT(process.output(), HasSubstr("belongs to uid 1026"));
  EXPECT_THAT(process.output(), HasSubstr("65532"));
}

}  // namespace
}  // namespace sidecert::testing
