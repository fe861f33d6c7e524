#include "app/report/status.h"

#include <fmt/format.h>

#include <algorithm>

#include "acme/known_cas.h"
#include "app/plan/plan.h"
#include "app/report/fact_lines.h"
#include "base/text.h"

namespace sidecert::app {
namespace {

using state::Json;

constexpr double kNoDraw = 0;  // the earliest moment of what a pass will draw

std::string_view words(dsm::Proof proof) {
  switch (proof) {
    case dsm::Proof::Served: return "served";
    case dsm::Proof::NotServedYet: return "not-served-yet";
    case dsm::Proof::NotServed: return "not-served";
    case dsm::Proof::NotUsed: return "not-used";
    case dsm::Proof::NotReachable: return "not-reachable";
  }
  return {};
}

std::string_view sentence(dsm::Proof proof) {
  switch (proof) {
    case dsm::Proof::Served: return "DSM serves it";
    case dsm::Proof::NotServedYet: return "DSM does not serve it yet";
    case dsm::Proof::NotServed: return "DSM does not serve it";
    case dsm::Proof::NotUsed: return "no service of DSM uses it";
    case dsm::Proof::NotReachable: return "not seen served";
  }
  return {};
}

Json timeOrNull(const std::optional<TimePoint>& time) {
  return time ? Json(toIso(*time)) : Json();
}

Json attemptsForPrograms(const Attempts& attempts) {
  Json object{{"lastSuccess", timeOrNull(attempts.last_success)},
              {"lastFailure", timeOrNull(attempts.last_failure)},
              {"failuresInARow", attempts.failures},
              {"nextTry", attempts.failures > 0 ? timeOrNull(attempts.next) : Json()},
              {"error", nullptr}};
  if (attempts.last_error)
    object["error"] = {{"kind", toString(attempts.last_error->code)},
                       {"what", attempts.last_error->what},
                       {"mend", attempts.last_error->hint}};
  return object;
}

Json issuedForPrograms(const View& seen) {
  if (!seen.current) return nullptr;
  return {{"at", timeOrNull(seen.record.issued)},
          {"directory", seen.record.directory},
          {"profile", seen.record.profile},
          {"names", seen.current->names},
          {"notBefore", toIso(seen.current->not_before)},
          {"notAfter", toIso(seen.current->not_after)},
          {"sha256", seen.current->sha256},
          {"keyType", seen.current->key_type}};
}

Json renewalForPrograms(const Renewal& renewal) {
  Json object{{"at", timeOrNull(renewal.at)}, {"window", nullptr}, {"explanation", ""}};
  if (renewal.window) {
    object["window"] = {{"start", toIso(renewal.window->start)}, {"end", toIso(renewal.window->end)}};
    object["explanation"] = renewal.window->explanation_url;
  }
  return object;
}

Json holdersForPrograms(const std::vector<dsm::Holder>& holders) {
  Json all = Json::array();
  for (const dsm::Holder& holder : holders)
    all.push_back({{"certificate", holder.certificate}, {"services", holder.services}});
  return all;
}

Json nasForPrograms(const std::string& key, const Target& target, const std::optional<Current>& current) {
  const bool has_current = current && target.sha256 == current->sha256;
  return {
      {"nas", key},
      {"deployed",
       {{"at", timeOrNull(target.deployed)},
        {"current", has_current},
        {"certificateId", target.certificate_id},
        {"sha256", target.sha256}}},
      {"verified", {{"at", timeOrNull(target.verified)}, {"proof", words(target.proof)}, {"detail", target.proof_detail}}},
      {"services", target.services},
      {"inUse", holdersForPrograms(target.holders)},
      {"attempts", attemptsForPrograms(target.attempts)}};
}

const config::CertificateSettings* wanted(const Standing& standing, const std::string& title) {
  if (!standing.settings) return nullptr;
  const auto& certificates = standing.settings->certificates;
  const auto found = std::ranges::find(certificates, title, &config::CertificateSettings::title);
  return found == certificates.end() ? nullptr : &*found;
}

Json certificateForPrograms(const config::CertificateSettings* certificate, const View& seen, TimePoint now) {
  Json object{{"title", seen.title},
              {"wanted", certificate != nullptr ? Json(certificate->names) : Json::array()},
              {"ordered", attemptsForPrograms(seen.record.issuing)},
              {"issued", issuedForPrograms(seen)},
              {"renewal", renewalForPrograms(seen.record.renewal)},
              {"dns", attemptsForPrograms(seen.record.dns)},
              {"targets", Json::array()},
              {"next", nullptr}};
  for (const auto& [key, target] : seen.record.targets)
    object["targets"].push_back(nasForPrograms(key, target, seen.current));
  if (certificate != nullptr) {
    for (const config::NasSettings& nas : certificate->targets) {
      if (!seen.record.targets.contains(targetKey(nas)))
        object["targets"].push_back(nasForPrograms(targetKey(nas), {}, seen.current));
    }
    const Plan next = plan(*certificate, {seen.current, seen.record, seen.ledger}, now, kNoDraw);
    object["next"] = {{"at", toIso(next.wake)}, {"why", next.wake_reason}};
  }
  return object;
}

/// Every certificate that is wanted or there, the wanted ones first and in their order.
std::vector<View> shown(const Standing& standing) {
  std::vector<View> all;
  if (standing.settings) {
    for (const config::CertificateSettings& certificate : standing.settings->certificates) {
      const auto found = std::ranges::find(standing.remembered.certificates, certificate.title(), &View::title);
      all.push_back(found == standing.remembered.certificates.end()
                        ? View{.title = certificate.title(), .current = std::nullopt, .record = {}, .ledger = {}}
                        : *found);
    }
  }
  for (const View& seen : standing.remembered.certificates) {
    if (!std::ranges::contains(all, seen.title, &View::title)) all.push_back(seen);
  }
  return all;
}

std::string failureForPeople(const Attempts& attempts, std::string_view indent) {
  if (!attempts.last_error) return {};
  std::string out = fmt::format("{}failed    {} in a row, last at {}: {}\n", indent,
                                attempts.failures == 1 ? "once" : fmt::format("{} times", attempts.failures),
                                attempts.last_failure ? toWords(*attempts.last_failure) : "?", attempts.last_error->what);
  if (!attempts.last_error->hint.empty()) out += fmt::format("{}mend      {}\n", indent, attempts.last_error->hint);
  if (attempts.next) out += fmt::format("{}next try  {}\n", indent, toWords(*attempts.next));
  return out;
}

std::string orderForPeople(const View& seen, TimePoint now) {
  std::string out;
  const Record& record = seen.record;
  if (seen.current) {
    out += fmt::format("  issued    {} by {}, {}\n", toWords(record.issued.value_or(seen.current->not_before)),
                       record.directory.empty() ? "?" : acme::caName(record.directory), seen.current->key_type);
    out += fmt::format("  names     {}\n", join(seen.current->names, ", "));
    out += now < seen.current->not_after ? fmt::format("  expires   {} (in {})\n", toWords(seen.current->not_after),
                                                       toWords(seen.current->not_after - now))
                                         : fmt::format("  expired   {}\n", toWords(seen.current->not_after));
  } else {
    out += "  issued    not yet\n";
  }
  if (record.renewal.at)
    out +=
        fmt::format("  renewal   {}{}\n", toWords(*record.renewal.at), record.renewal.window ? ", as the CA advises" : "");
  out += failureForPeople(record.issuing, "  ");
  if (record.dns.last_error) out += "  DNS       a renewal would fail\n" + failureForPeople(record.dns, "  ");
  return out;
}

std::string nasForPeople(const std::string& key, const Target& target, const std::optional<Current>& current) {
  std::string out = fmt::format("  NAS {}\n", key);
  if (!target.deployed) {
    out += "    deployed  not yet\n";
  } else {
    out += fmt::format("    deployed  {}{}\n", toWords(*target.deployed),
                       current && target.sha256 == current->sha256 ? "" : ", an older certificate");
    out += fmt::format("    proof     {}{}{}\n", sentence(target.proof),
                       target.proof_detail.empty() ? "" : ": " + target.proof_detail,
                       target.verified ? " (last seen " + toWords(*target.verified) + ")" : "");
    out += fmt::format("    services  {}\n", target.services.empty() ? "none" : join(target.services, ", "));
    for (const dsm::Holder& holder : target.holders)
      out += fmt::format("    in use    \"{}\" by {}\n", holder.certificate, join(holder.services, ", "));
  }
  return out + failureForPeople(target.attempts, "    ");
}

std::string factForPeople(const Fact& fact) {
  std::string out =
      fmt::format("{:<9} {}{}{}\n", toString(fact.severity), fact.title(), fact.what.empty() ? "" : ": ", fact.what);
  if (!fact.mend.empty()) out += fmt::format("  mend      {}\n", fact.mend);
  if (fact.next_try) out += fmt::format("  next try  {}\n", toWords(*fact.next_try));
  return out;
}

}  // namespace

Json statusForPrograms(const Standing& standing) {
  const Health health = healthOf(standing);
  Json all{{"schema", kStatusSchema},      {"sidecert", SIDECERT_VERSION},
           {"at", toIso(standing.at)},     {"health", {{"healthy", health.healthy}, {"why", health.line}}},
           {"faults", standing.faults},    {"facts", Json::array()},
           {"certificates", Json::array()}};
  for (const Fact& fact : standing.facts) all["facts"].push_back(jsonOf(fact));
  for (const View& seen : shown(standing))
    all["certificates"].push_back(certificateForPrograms(wanted(standing, seen.title), seen, standing.at));
  return all;
}

std::string statusForPeople(const Standing& standing) {
  std::string out;
  for (const std::string& fault : standing.faults) out += fmt::format("wrong setting: {}\n", fault);
  const std::vector<View> all = shown(standing);
  for (const View& seen : all) {
    const config::CertificateSettings* certificate = wanted(standing, seen.title);
    out += fmt::format("certificate {}{}\n", seen.title,
                       standing.settings && certificate == nullptr ? " (no setting names it any more)" : "");
    out += orderForPeople(seen, standing.at);
    for (const auto& [key, target] : seen.record.targets) out += nasForPeople(key, target, seen.current);
    if (certificate == nullptr) continue;
    for (const config::NasSettings& nas : certificate->targets) {
      if (!seen.record.targets.contains(targetKey(nas))) out += nasForPeople(targetKey(nas), {}, seen.current);
    }
    const Plan next = plan(*certificate, {seen.current, seen.record, seen.ledger}, standing.at, kNoDraw);
    out += fmt::format("  next      {}, {}\n", next.wake <= standing.at ? "now" : toWords(next.wake), next.wake_reason);
  }
  if (all.empty()) out += "there is no certificate yet\n";
  for (const Fact& fact : standing.facts) out += factForPeople(fact);
  const Health health = healthOf(standing);
  if (standing.settings) out += fmt::format("{}: {}\n", health.healthy ? "healthy" : "unhealthy", health.line);
  return out;
}

}  // namespace sidecert::app
