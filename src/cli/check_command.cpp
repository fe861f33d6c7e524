// `sidecert check [--json] [--notify]`: would it work? Says so for each step; orders and imports nothing.
#include "app/pass/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"
#include "notify/address.h"
#include "notify/sender.h"

namespace sidecert::cli {
namespace {

constexpr const char* kCheckUsage =
    "usage: sidecert check [--json] [--notify]\n"
    "  --json    one JSON object per finding, a line each\n"
    "  --notify  sends a test message to every address in NOTIFY_URLS, and checks nothing else\n";

void printFinding(const app::Finding& finding) {
  const std::string step = finding.about.empty() ? finding.step : fmt::format("{}, {}", finding.about, finding.step);
  printOut("{:<8} {}: {}\n", app::toString(finding.verdict), step, finding.what);
  if (!finding.mend.empty()) printOut("         {}\n", finding.mend);
  std::fflush(stdout);
}

void printJson(const app::Finding& finding) {
  const nlohmann::ordered_json line{{"verdict", app::toString(finding.verdict)},
                                    {"step", finding.step},
                                    {"certificate", finding.about},
                                    {"what", finding.what},
                                    {"mend", finding.mend}};
  printOut("{}\n", line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  std::fflush(stdout);
}

/// Needs no other setting, so that messages can be tried before all the rest is right.
int sendTest(const Invocation& invocation, const app::Report& report) {
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kWrongSettings;
  const config::Settings& settings = runtime->settings();
  if (settings.notify_urls.empty()) {
    report({.step = "messages",
            .about = {},
            .verdict = app::Verdict::Bad,
            .what = "NOTIFY_URLS is not set",
            .mend = "name an address, for example ntfys://host/topic; docs/notifications.md lists all kinds"});
    return kWrongSettings;
  }
  bool good = true;
  for (const Secret& url : settings.notify_urls) {
    const auto address = notify::parseAddress(url.reveal());
    const auto sent = address ? runtime->sender().send(*address,
                                                       {.event = "test",
                                                        .severity = notify::Severity::Good,
                                                        .title = "Sidecert can reach you",
                                                        .text = "This is a test. Nothing is to be done.",
                                                        .certificate = {},
                                                        .nas = {},
                                                        .time = runtime->ports().clock.now()},
                                                       runtime->ports().effort())
                              : std::unexpected(address.error());
    good = good && sent.has_value();
    report({.step = "messages",
            .about = {},
            .verdict = sent ? app::Verdict::Good : app::Verdict::Bad,
            .what = sent ? "a test was sent: " + address->title : sent.error().what,
            .mend = sent ? std::string() : sent.error().hint});
  }
  return good ? kDone : kFailed;
}

}  // namespace

int check(const Invocation& invocation) {
  bool json = false;
  bool notify = false;
  for (const std::string& argument : invocation.arguments) {
    json = json || argument == "--json";
    notify = notify || argument == "--notify";
    if (argument != "--json" && argument != "--notify") {
      std::fputs(kCheckUsage, stderr);
      return kWrongSettings;
    }
  }
  const app::Report report = json ? app::Report(printJson) : app::Report(printFinding);
  if (notify) return sendTest(invocation, report);
  auto runtime = Runtime::make(invocation, config::Purpose::Run, false);
  if (runtime == nullptr) {
    report({.step = "settings",
            .about = {},
            .verdict = app::Verdict::Bad,
            .what = "the settings have faults; they are listed on standard error",
            .mend = "mend them first, then check again"});
    return kWrongSettings;
  }
  runtime->stopOnSignals();
  std::size_t names = 0;
  for (const config::CertificateSettings& certificate : runtime->settings().certificates) names += certificate.names.size();
  const std::size_t certificates = runtime->settings().certificates.size();
  report({.step = "settings",
          .about = {},
          .what = fmt::format("{}, {} to certify",
                              certificates == 1 ? "one certificate" : fmt::format("{} certificates", certificates),
                              names == 1 ? "one name" : fmt::format("{} names", names)),
          .mend = {}});
  return app::check(runtime->settings(), runtime->world(), report) ? kDone : kFailed;
}

}  // namespace sidecert::cli
