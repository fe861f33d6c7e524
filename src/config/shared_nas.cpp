#include "config/shared_nas.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/text.h"

namespace sidecert::config {
namespace {

struct Claim {
  CertificateSettings* certificate;
  NasSettings* nas;

  [[nodiscard]] bool says(std::string_view word) const {
    return std::ranges::any_of(nas->services, [&](const std::string& each) { return equalsIgnoringCase(each, word); });
  }
  [[nodiscard]] std::string variable(std::string_view name) const {
    return certificate->label.empty() ? std::string(name) : fmt::format("CERT_{}_{}", certificate->label, name);
  }
  [[nodiscard]] std::string title() const {
    return certificate->label.empty() ? certificate->subject() : certificate->label;
  }
};

std::string addressOf(const NasSettings& nas) {
  return fmt::format("{}:{}", nas.host, nas.port);
}

/// What is remembered of a NAS is kept by its address.
void refuseSharedAddresses(Environment& environment, const std::vector<CertificateSettings>& certificates) {
  for (const CertificateSettings& certificate : certificates) {
    std::set<std::string> seen;
    for (const NasSettings& nas : certificate.targets) {
      if (!seen.insert(addressOf(nas)).second)
        environment.fault(nas.label.empty() ? "SYNO_HOSTNAME" : fmt::format("NAS_{}_SYNO_HOSTNAME", nas.label),
                          fmt::format("{} is the same DSM as another label's", nas.title()));
    }
  }
}

/// Two certificates for one entry of one DSM would replace each other for ever.
void refuseSharedEntry(Environment& environment, const std::vector<Claim>& claims) {
  std::set<std::string> taken;
  for (const Claim& claim : claims) {
    const std::string description = claim.nas->certificate.value_or("");
    if (!taken.insert(description).second)
      environment.fault(claim.variable("SYNO_CERTIFICATE"),
                        fmt::format("two certificates would replace the same entry '{}' of {}; give each its own",
                                    description, claim.nas->title()));
  }
}

bool covers(std::string_view name, std::string_view other) {
  if (name == other) return true;
  return name.starts_with("*.") && other.find('.') != std::string_view::npos &&
         other.substr(other.find('.')) == name.substr(1);
}

bool shareHosts(const Claim& one, const Claim& other) {
  return std::ranges::any_of(one.certificate->names, [&](const std::string& a) {
    return std::ranges::any_of(other.certificate->names, [&](const std::string& b) { return covers(a, b) || covers(b, a); });
  });
}

/// The service, or kind of services, that both want; empty: none.
std::string rivalry(const Claim& one, const Claim& other) {
  if (one.says("inherit") && other.says("inherit")) return "what the former default had (inherit)";
  const bool one_all = one.says("all");
  const bool other_all = other.says("all");
  if (one_all && other_all) return "all services";
  const bool hosts = (one_all || one.says("covered")) && (other_all || other.says("covered"));
  if (hosts && shareHosts(one, other)) return "the reverse-proxy hosts that both cover";
  for (const std::string& word : one.nas->services) {
    if (word == "keep" || word == "covered" || word == "inherit" || word == "all") continue;
    if (other_all || other.says(word)) return word == "default" ? "DSM's own pages (default)" : word;
  }
  if (!one_all) return {};
  const auto named = std::ranges::find_if(
      other.nas->services, [](const std::string& word) { return word != "keep" && word != "covered" && word != "inherit"; });
  return named == other.nas->services.end() ? std::string() : *named;
}

void refuseRivals(Environment& environment, const std::vector<Claim>& claims) {
  for (auto other = claims.begin(); other != claims.end(); ++other) {
    for (auto one = claims.begin(); one != other; ++one) {
      if (one->nas->as_default && other->nas->as_default)
        environment.fault(other->variable("SYNO_AS_DEFAULT"),
                          fmt::format("{} and {} would take the default of {} from each other; set it for one of them",
                                      one->title(), other->title(), other->nas->title()));
      if (const std::string both = rivalry(*one, *other); !both.empty())
        environment.fault(other->variable("SYNO_SERVICES"),
                          fmt::format("{} and {} would take {} of {} from each other; name them for one of the two",
                                      one->title(), other->title(), both, other->nas->title()));
    }
  }
}

/// Only one can take over what the certificate has that DSM came with.
void chooseHeir(Environment& environment, const std::vector<Claim>& claims) {
  bool taken = std::ranges::any_of(claims, [](const Claim& claim) { return claim.says("inherit") || claim.says("all"); });
  for (const Claim& claim : claims) {
    if (!claim.nas->services.empty()) continue;
    if (taken) {
      claim.nas->services = {"keep"};
      environment.note(
          fmt::format("SYNO_SERVICES is not set for {}: no service of {} is moved to it, because another "
                      "certificate may take them; set {} to say what uses it",
                      claim.title(), claim.nas->title(), claim.variable("SYNO_SERVICES")));
    }
    taken = true;
  }
}

}  // namespace

void settleSharedNas(Environment& environment, std::vector<CertificateSettings>& certificates) {
  refuseSharedAddresses(environment, certificates);
  std::map<std::string, std::vector<Claim>> by_nas;
  for (CertificateSettings& certificate : certificates) {
    for (NasSettings& nas : certificate.targets) by_nas[addressOf(nas)].push_back({&certificate, &nas});
  }
  for (const auto& [address, claims] : by_nas) {
    if (claims.size() < 2) continue;
    refuseSharedEntry(environment, claims);
    refuseRivals(environment, claims);
    chooseHeir(environment, claims);
  }
}

}  // namespace sidecert::config
