// STATUS_LISTEN with the program that ships: the page is there whenever the program is, and outlives nothing it should not.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>

#include "base/http/poco_http.h"
#include "support/child_process.h"
#include "support/effort.h"
#include "support/free_address.h"
#include "support/memory_log.h"
#include "support/temp_directory.h"

namespace sidecert::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

class StatusPageOf : public ::testing::Test {
 protected:
  // Nothing answers at the CA's address, so a pass fails at once and waits.
  StatusPageOf()
      : environment_{{"ACME_DOMAINS", "home.example"},
                     {"ACME_SERVER", "https://127.0.0.1:" + std::to_string(freePort()) + "/dir"},
                     {"ACME_DNS", "dns_nsupdate"},
                     {"NSUPDATE_SERVER", "127.0.0.1"},
                     {"NSUPDATE_KEY", "/nonexistent"},
                     {"SIDECERT_DATA", (files_ / "data").string()},
                     {"STATUS_LISTEN", "127.0.0.1:" + std::to_string(port_)}} {}

  std::unique_ptr<ChildProcess> start() {
    return std::make_unique<ChildProcess>(ChildProcess::Options{
        .command = {SIDECERT_PROGRAM}, .environment = environment_, .clean_environment = true, .directory = {}});
  }
  /// Status 0: nobody answers.
  [[nodiscard]] HttpResponse get(const std::string& path) {
    return http_->send({.url = fmt::format("http://127.0.0.1:{}{}", port_, path)}, testing::effort())
        .value_or(HttpResponse{});
  }

  MemoryLog log_;
  std::unique_ptr<HttpTransport> http_ = makePocoHttp({}, Log(log_)).value();
  TempDirectory files_;
  std::uint16_t port_ = freePort();
  std::map<std::string, std::string> environment_;
};

TEST_F(StatusPageOf, AWaitingProgramShowsHowThingsStand) {
  const auto process = start();
  ASSERT_TRUE(process->waitForLine("the next pass is at", 60s)) << process->output();
  const HttpResponse page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, AllOf(HasSubstr("<b>Something needs you</b>home.example: there is no certificate yet"),
                               HasSubstr("refused the connection"), HasSubstr("<dt>next try</dt>")));
  EXPECT_THAT(get("/status.json").body, HasSubstr("\"title\": \"home.example\""));
  EXPECT_EQ(get("/health").status, 503);
  EXPECT_EQ(get("/data").status, 404);
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 0);
}

TEST_F(StatusPageOf, APassInPlaceFindsTheAddressFree) {
  const auto process = start();
  ASSERT_TRUE(process->waitForLine("the next pass is at", 60s)) << process->output();
  process->signal(SIGHUP);
  for (int i = 0; i < 1200 && process->output().find("sidecert 0") == process->output().rfind("sidecert 0"); ++i)
    ::usleep(50'000);
  for (int i = 0; i < 1200 && get("/health").status == 0; ++i) ::usleep(50'000);
  EXPECT_EQ(get("/health").status, 503);
  EXPECT_THAT(process->output(), ::testing::Not(HasSubstr("in use")));
}

TEST_F(StatusPageOf, HeldSettingsListsTheirFaults) {
  environment_["ACME_DNS"] = "dns_nsupdat";
  const auto process = start();
  ASSERT_TRUE(process->waitForLine("the status page is at http://127.0.0.1:", 60s)) << process->output();
  const HttpResponse page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, AllOf(HasSubstr("<h2>Wrong settings</h2>"), HasSubstr("<li>ACME_DNS: ")));
}

TEST_F(StatusPageOf, ATakenAddressStopsNothing) {
  const auto first = start();
  ASSERT_TRUE(first->waitForLine("the status page is at", 60s)) << first->output();
  environment_["SIDECERT_DATA"] = (files_ / "other").string();
  const auto second = start();
  EXPECT_TRUE(second->waitForLine("the next pass is at", 60s)) << second->output();
  EXPECT_THAT(second->output(), HasSubstr("STATUS_LISTEN: cannot listen at 127.0.0.1:" + std::to_string(port_)));
}

}  // namespace
}  // namespace sidecert::testing
