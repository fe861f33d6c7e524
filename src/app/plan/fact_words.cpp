#include <algorithm>

#include "app/plan/facts.h"

namespace sidecert::app {
namespace {

// The keys stand in notify.json and facts.json of every data folder: they are never changed.
constexpr std::array<FactWords, kFactKinds> kWords{{
    {FactKind::WrongSettings, "settings", "action-needed", "the settings are right again"},
    {FactKind::FolderUnusable, "folder", "action-needed", "the data folder can be used again"},
    {FactKind::Unreadable, "unreadable", "action-needed", "what is remembered can be read again"},
    {FactKind::NoCertificate, "missing", "failing", "there is a certificate"},
    {FactKind::RenewalFailing, "order", "failing", "a certificate was issued again"},
    {FactKind::OrderHeld, "held", "failing", "the CA's limits allow an order again"},
    {FactKind::Expiring, "expiring", "expiring", ""},
    {FactKind::Revoked, "revoked", "action-needed", "a new certificate took the place of the revoked one"},
    {FactKind::CaAdvice, "advice", "ca-advice", ""},
    {FactKind::DnsAtRisk, "dns", "dns-at-risk", "the DNS provider lets Sidecert in again"},
    {FactKind::NotDeployed, "nas", "failing", "the NAS works again"},
    {FactKind::WaitsForWindow, "window", "waiting", ""},
    {FactKind::LookFailing, "look", "failing", "DSM can be looked at again"},
    {FactKind::Unused, "unused", "unused", "the certificate is used"},
    {FactKind::NotServed, "not-served", "not-served", "DSM serves the certificate"},
    {FactKind::NotSeen, "not-seen", "not-seen", ""},
    {FactKind::NotMoved, "not-moved", "not-moved", ""},
    {FactKind::TokenAtRisk, "token", "login-at-risk", "the device token was accepted again"},
    {FactKind::Deployed, "deployed", "deployed", ""},
    {FactKind::Issued, "issued", "issued", ""},
}};
static_assert(std::ranges::all_of(kWords, [](const FactWords& words) {
  return &words == &kWords.at(static_cast<std::size_t>(words.kind));
}));

}  // namespace

std::string_view toString(Severity severity) {
  switch (severity) {
    case Severity::News: return "news";
    case Severity::Note: return "note";
    case Severity::Warning: return "warning";
    case Severity::Alarm: return "alarm";
  }
  return {};
}

const FactWords& wordsOf(FactKind kind) {
  return kWords.at(static_cast<std::size_t>(kind));
}

std::string Fact::key() const {
  std::string all(wordsOf(kind).key);
  if (!certificate.empty()) all += "/" + certificate;
  if (!nas.empty()) all += "/" + nas;
  return all;
}

std::string Fact::title() const {
  return subject.empty() ? headline : subject + ": " + headline;
}

Severity worstOf(const std::vector<Fact>& facts) {
  Severity worst = Severity::Note;
  for (const Fact& fact : facts) worst = std::max(worst, fact.severity);
  return worst;
}

bool isHealthy(const std::vector<Fact>& facts) {
  return worstOf(facts) < Severity::Warning;
}

}  // namespace sidecert::app
