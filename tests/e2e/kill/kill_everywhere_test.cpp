// No kill hurts: a whole issuance and deployment is killed before and after every system call that changes anything outside
// the process, and started again. However it was cut, the second start ends the work with one order, one certificate and
// one import in all, no TXT record left and everything on disk readable.
// SIDECERT_KILL_STRIDE=1 covers every point; the default takes every seventh, and which is the first goes by the program
// under test: what failed once fails again until something is changed.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "dns/resolver.h"
#include "support/child_process.h"
#include "support/dsm_emulator.h"
#include "support/effort.h"
#include "support/knot_server.h"
#include "support/memory_log.h"
#include "support/pebble_server.h"
#include "support/temp_directory.h"

namespace sidecert::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kLanes = 4;
constexpr int kUsualStride = 7;
constexpr const char* kSecret = "Y2FuYXJ5LXRzaWctMDEyMzQ1Njc4OWFiY2RlZmdoaWo=";

int stride() {
  const char* set = std::getenv("SIDECERT_KILL_STRIDE");
  return set == nullptr ? kUsualStride : std::max(1, std::atoi(set));
}

std::string readAll(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::ptrdiff_t countOf(const std::string& text, const std::string& part) {
  std::ptrdiff_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

struct Killed {
  long points = 0;
  bool was = false;
  std::string where;
  std::string output;
};

/// A CA and a NAS of its own, so that what one run asked of them can be counted. The name server is shared.
class Lane {
 public:
  explicit Lane(const KnotServer& dns, std::string key_file)
      : dns_(dns),
        key_file_(std::move(key_file)),
        pebble_({.with_dns = false, .dns_server = dns.address() + ":53"}),
        dsm_({.accounts = {{.name = "certbot", .password = "pw"}}}) {}

  /// Kills at `point`, starts again and looks. @returns what does not hold, and where it was killed.
  std::pair<Killed, std::vector<std::string>> killAndFinish(int point) {
    const TempDirectory data;
    const std::string name = "p" + std::to_string(point < 0 ? 99999 : point) + ".kill.example";
    const auto before = counts();
    const Killed killed = runUntil(point, name, data);
    std::vector<std::string> wrong;
    std::string again;
    if (killed.was) {
      ChildProcess second({.command = {SIDECERT_PROGRAM, "renew"},
                           .environment = environment(name, data),
                           .clean_environment = true,
                           .directory = {}});
      const auto code = second.wait(120s);
      again = second.output();
      if (code != 0) wrong.push_back("the second start ended with " + std::to_string(code.value_or(-1)));
    }
    const auto after = counts();
    for (const auto& [what, count] : after) {
      if (count - before.at(what) != 1) wrong.push_back(std::to_string(count - before.at(what)) + " " + what);
    }
    lookAtDns(name, wrong);
    lookAtDisk(data.path(), name, wrong);
    for (const DsmEntry& entry : dsm_.entries()) {
      if (entry.description == name) dsm_.removeCertificate(entry.id);
    }
    if (!wrong.empty()) wrong.push_back("first run:\n" + killed.output + "second run:\n" + again);
    return {killed, wrong};
  }

 private:
  std::map<std::string, std::string> environment(const std::string& name, const TempDirectory& data) const {
    return {{"ACME_DOMAINS", name + ",*." + name},
            {"ACME_SERVER", pebble_.directory()},
            {"SSL_CERT_FILE", pebble_.caFile()},
            {"ACME_DNS", "dns_nsupdate"},
            {"ACME_DNS_RESOLVERS", dns_.address() + ":53"},
            {"NSUPDATE_SERVER", dns_.address()},
            {"NSUPDATE_KEY", key_file_},
            {"SYNO_SCHEME", "https"},
            {"SYNO_HOSTNAME", "127.0.0.1"},
            {"SYNO_PORT", std::to_string(dsm_.httpsPort())},
            {"SYNO_USERNAME", "certbot"},
            {"SYNO_PASSWORD", "pw"},
            {"SYNO_CERTIFICATE", name},
            {"SYNO_CREATE", "1"},
            {"SYNO_AS_DEFAULT", "1"},
            {"SYNO_SERVICES", "default"},
            {"SIDECERT_DATA", (data / "data").string()}};
  }

  Killed runUntil(int point, const std::string& name, const TempDirectory& data) const {
    ChildProcess first({.command = {KILL_AT_PROGRAM, std::to_string(point), SIDECERT_PROGRAM, "renew"},
                        .environment = environment(name, data),
                        .clean_environment = true,
                        .directory = {}});
    if (!first.wait(180s)) ADD_FAILURE() << "it hangs at point " << point << ": " << first.output();
    Killed killed{.output = first.output()};
    const std::regex line(R"(kill-at: (\d+) points, (killed |ended with )(.*))");
    std::smatch found;
    if (!std::regex_search(killed.output, found, line)) {
      ADD_FAILURE() << "no kill-at line: " << killed.output;
      return killed;
    }
    killed.points = std::stol(found[1]);
    killed.was = found[2] == "killed ";
    killed.where = found[3];
    return killed;
  }

  std::map<std::string, std::ptrdiff_t> counts() const {
    const std::string log = pebble_.output();
    return {{"orders", countOf(log, "Added order ")},
            {"certificates", countOf(log, "Issued certificate serial ")},
            {"imports", static_cast<std::ptrdiff_t>(dsm_.importsDone())}};
  }

  void lookAtDns(const std::string& name, std::vector<std::string>& wrong) const {
    MemoryLog log;
    const auto resolver = dns::makeResolver({}, Log(log));
    const auto answer = resolver->ask({.address = dns_.address(), .port = 53}, "_acme-challenge." + name,
                                      dns::RecordType::Txt, dns::Recursion::NotDesired, effort(5000ms));
    if (!answer) {
      wrong.push_back("the name server: " + answer.error().what);
    } else if (!answer->answers.empty()) {
      wrong.push_back(std::to_string(answer->answers.size()) + " TXT records left");
    }
  }

  static void lookAtDisk(const std::filesystem::path& data, const std::string& name, std::vector<std::string>& wrong) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
      const std::string path = entry.path().string();
      if (path.find(".unreadable-") != std::string::npos) wrong.push_back("set aside: " + path);
      if (path.ends_with("/order.json") || path.ends_with("/txt.json")) wrong.push_back("left behind: " + path);
      if (path.ends_with(".json") && nlohmann::json::parse(readAll(path), nullptr, false).is_discarded())
        wrong.push_back("no JSON: " + path);
    }
    const auto current = data / "data" / "certificates" / name / "current";
    for (const char* file : {"key.pem", "cert.pem", "chain.pem", "fullchain.pem"}) {
      if (readAll(current / file).find("-----END") == std::string::npos) wrong.push_back(std::string("no ") + file);
    }
  }

  const KnotServer& dns_;
  std::string key_file_;
  PebbleServer pebble_;
  DsmEmulator dsm_;
};

TEST(KillEverywhere, TheNextStartEndsTheWorkWithOneOrderOneCertificateAndOneImport) {
  const TempDirectory files;
  const std::string key_file = (files / "tsig.key").string();
  std::ofstream(key_file) << DnsKey{.name = "e2e", .secret = kSecret}.clause();
  const KnotServer dns(
      {.zones = {{.name = "kill.example", .update_keys = {"e2e"}}}, .keys = {{.name = "e2e", .secret = kSecret}}});
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < kLanes; ++i) lanes.push_back(std::make_unique<Lane>(dns, key_file));

  const auto [whole, wrong_undisturbed] = lanes.front()->killAndFinish(-1);
  ASSERT_TRUE(wrong_undisturbed.empty()) << ::testing::PrintToString(wrong_undisturbed);
  const int step = stride();
  const int first = static_cast<int>(std::hash<std::string>{}(readAll(SIDECERT_PROGRAM)) % static_cast<unsigned>(step));

  // How often a run looks and waits differs, so there may be a few points more than in the run that was counted.
  const long last = whole.points + whole.points / 10;
  std::atomic<int> next = first;
  std::mutex mutex;
  int killed = 0;
  int beyond = 0;
  {
    std::vector<std::jthread> threads;
    for (auto& lane : lanes) {
      threads.emplace_back([&] {
        for (int point = next.fetch_add(step); point < last; point = next.fetch_add(step)) {
          const auto [outcome, wrong] = lane->killAndFinish(point);
          const std::scoped_lock lock(mutex);
          (outcome.was ? killed : beyond) += 1;
          EXPECT_TRUE(wrong.empty()) << "killed at point " << point << ", " << outcome.where << ": "
                                     << ::testing::PrintToString(wrong);
        }
      });
    }
  }
  std::printf("kill points: %ld in an undisturbed run; every %d. from %d: %d runs killed and finished, %d ended before\n",
              whole.points, step, first, killed, beyond);
  EXPECT_GT(whole.points, 100);
  EXPECT_GE(killed, (whole.points - first) / step - whole.points / 20 / step - 1);
}

}  // namespace
}  // namespace sidecert::testing
