// `sidecert status [--json]`: what was saved, for people or programs. Asks nobody and changes nothing.
#include <fmt/format.h>

#include <cstdio>

#include "app/health.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/runtime.h"

namespace sidecert::cli {
namespace {

using state::Json;

std::string_view words(dsm::Proof proof) {
  switch (proof) {
    case dsm::Proof::Served: return "served";
    case dsm::Proof::NotServedYet: return "not served yet";
    case dsm::Proof::NotReachable: return "not seen";
  }
  return {};
}

std::string forPeople(const app::View& seen, TimePoint now) {
  std::string out = fmt::format("certificate {}\n", seen.title);
  if (seen.current) {
    out += fmt::format("  names     {}\n  issued    {}\n  expires   {} (in {})\n", join(seen.current->names, ", "),
                       toWords(seen.current->not_before), toWords(seen.current->not_after),
                       toWords(seen.current->not_after - now));
  } else {
    out += "  not issued yet\n";
  }
  if (seen.record.renewal.at) out += fmt::format("  renewal   {}\n", toWords(*seen.record.renewal.at));
  if (seen.record.issuing.last_error)
    out += fmt::format("  failed    {} times in a row: {}\n", seen.record.issuing.failures,
                       describe(*seen.record.issuing.last_error));
  for (const auto& [key, target] : seen.record.targets) {
    out += fmt::format("  NAS {}\n", key);
    if (target.deployed) out += fmt::format("    deployed  {}\n", toWords(*target.deployed));
    out += fmt::format("    proof     {}{}\n", words(target.proof),
                       target.proof_detail.empty() ? "" : ": " + target.proof_detail);
    if (!target.services.empty()) out += fmt::format("    services  {}\n", join(target.services, ", "));
    if (target.attempts.last_error) out += fmt::format("    failed    {}\n", describe(*target.attempts.last_error));
  }
  return out;
}

Json forPrograms(const app::View& seen) {
  Json object = app::toJson(seen.record);
  object["title"] = seen.title;
  if (seen.current)
    object["current"] = {{"names", seen.current->names},
                         {"notBefore", toIso(seen.current->not_before)},
                         {"notAfter", toIso(seen.current->not_after)},
                         {"sha256", seen.current->sha256},
                         {"keyType", seen.current->key_type}};
  return object;
}

}  // namespace

int status(const Invocation& invocation) {
  const bool json = invocation.arguments == std::vector<std::string>{"--json"};
  if (!json && !invocation.arguments.empty()) {
    std::fputs("usage: sidecert status [--json]\n", stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kWrongSettings;
  const Ports ports = runtime->ports();
  auto views = app::viewAll(ports, runtime->settings().data);
  if (!views) {
    ports.log.error("{}", describe(views.error()));
    return kFailed;
  }
  if (json) {
    Json all{{"schema", state::kSchema}, {"certificates", Json::array()}};
    for (const app::View& seen : *views) all["certificates"].push_back(forPrograms(seen));
    fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (views->empty()) {
    fmt::print("no certificate in {} yet\n", runtime->settings().data.string());
  } else {
    for (const app::View& seen : *views) fmt::print("{}", forPeople(seen, ports.clock.now()));
  }
  return kDone;
}

}  // namespace sidecert::cli
