#include "support/dsm_emulator_control.h"

#include <charconv>
#include <map>

#include "support/dsm_emulator_auth.h"
#include "support/dsm_emulator_form.h"

namespace sidecert::testing::emulator {
namespace {

int numberOr(const Parameters& query, std::string_view name, int otherwise) {
  const std::string text = valueOf(query, name);
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> listOf(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

Json state(const DsmEmulator& emulator) {
  Json certificates = Json::array();
  for (const auto& entry : emulator.entries()) {
    certificates.push_back({{"id", entry.id},
                            {"description", entry.description},
                            {"names", entry.names},
                            {"is_default", entry.is_default},
                            {"sha256", entry.sha256},
                            {"services", entry.services}});
  }
  return {{"certificates", std::move(certificates)},
          {"served_sha256", emulator.servedSha256()},
          {"logins", emulator.logins()},
          {"imports", emulator.importsDone()},
          {"sessions", emulator.openSessions()}};
}

bool outage(DsmEmulator& emulator, const std::string& kind) {
  const std::map<std::string, DsmOutage> kinds{{"refused", DsmOutage::Refused},
                                               {"dropped", DsmOutage::Dropped},
                                               {"bad-gateway", DsmOutage::BadGateway},
                                               {"not-dsm", DsmOutage::NotDsm}};
  if (const auto found = kinds.find(kind); found != kinds.end()) {
    emulator.startOutage(found->second);
    return true;
  }
  if (kind == "none") emulator.endOutage();
  return kind == "none";
}

bool disturb(DsmEmulator& emulator, const Parameters& query) {
  using How = DsmDisturbance::How;
  const std::map<std::string, How> hows{
      {"drop", How::Drop}, {"bad-gateway", How::BadGateway}, {"timeout", How::GatewayTimeout}, {"code", How::Code}};
  const auto how = hows.find(valueOf(query, "how"));
  if (how == hows.end()) return false;
  emulator.disturb({.api = valueOf(query, "api"),
                    .method = valueOf(query, "method"),
                    .how = how->second,
                    .code = numberOr(query, "code", 100),
                    .after_effect = valueOf(query, "after-effect") == "yes",
                    .times = numberOr(query, "times", 1),
                    .outage_requests = numberOr(query, "outage-requests", 0),
                    .ends_sessions = valueOf(query, "ends-sessions") == "yes"});
  return true;
}

/// Every name that stands in the query is switched. @returns false when one is unknown.
bool behave(DsmEmulator& emulator, const Parameters& query) {
  using B = DsmBehaviour;
  static const std::map<std::string, bool B::*> kSwitches{{"redirect-to-https", &B::redirect_to_https},
                                                          {"portal-port", &B::portal_port},
                                                          {"csrf-protection", &B::csrf_protection},
                                                          {"check-address", &B::check_address},
                                                          {"one-session-per-account", &B::one_session_per_account},
                                                          {"takes-ecc", &B::takes_ecc},
                                                          {"replacing-default-demotes", &B::replacing_default_demotes},
                                                          {"default-takes-all-services", &B::default_takes_all_services},
                                                          {"import-answers-id", &B::import_answers_id},
                                                          {"takes-session-in-form", &B::takes_session_in_form},
                                                          {"stale-old-id-unbinds", &B::stale_old_id_unbinds},
                                                          {"login-renews-device", &B::login_renews_device},
                                                          {"reloads-at-once", &B::reloads_at_once}};
  bool known = true;
  emulator.change([&](B& behaviour) {
    for (const auto& [name, value] : query) {
      if (const auto found = kSwitches.find(name); found != kSwitches.end()) {
        behaviour.*found->second = value == "yes";
      } else if (name == "auto-block-after") {
        behaviour.auto_block_after = numberOr(query, name, behaviour.auto_block_after);
      } else if (name == "redirect-host") {
        behaviour.redirect_host = value;
      } else {
        known = false;
      }
    }
  });
  return known;
}

bool act(DsmEmulator& emulator, const std::string& path, const Parameters& query) {
  if (path == "/outage") return outage(emulator, valueOf(query, "kind"));
  if (path == "/disturb") return disturb(emulator, query);
  if (path == "/behaviour") return behave(emulator, query);
  if (path == "/advance") {
    emulator.advance(std::chrono::seconds(numberOr(query, "seconds", 0)));
  } else if (path == "/certificate") {
    emulator.addCertificate({.description = valueOf(query, "description"),
                             .names = listOf(valueOf(query, "names")),
                             .valid_days = numberOr(query, "days", 60),
                             .ecc = valueOf(query, "ecc") == "yes"});
  } else if (path == "/service") {
    emulator.addService({.display_name = valueOf(query, "name"),
                         .subscriber = valueOf(query, "subscriber"),
                         .service = valueOf(query, "service")},
                        valueOf(query, "certificate"));
  } else if (path == "/assign") {
    emulator.assignService(valueOf(query, "service"), valueOf(query, "certificate"));
  } else if (path == "/remove") {
    emulator.removeCertificate(valueOf(query, "certificate"));
  } else if (path == "/hold") {
    emulator.hold(valueOf(query, "api"), valueOf(query, "method"));
  } else if (path == "/release") {
    emulator.release();
  } else if (path == "/odd-certificates") {
    emulator.addOddCertificates();
  } else if (path == "/account") {
    emulator.changeAccount(valueOf(query, "name"), [&](DsmAccount& account) {
      if (const auto* password = find(query, "password")) account.password = *password;
      if (const auto* secret = find(query, "totp-secret")) account.totp_secret = *secret;
      account.refusal = numberOr(query, "refusal", account.refusal);
    });
  } else if (path == "/end-sessions") {
    emulator.endSessions();
  } else if (path == "/forget-devices") {
    emulator.forgetDevices();
  } else if (path == "/unblock") {
    emulator.unblock();
  } else if (path == "/forget-calls") {
    emulator.forgetCalls();
  } else if (path == "/reload") {
    emulator.reloadWebServer();
  } else {
    return false;
  }
  return true;
}

}  // namespace

HttpReply controlReply(DsmEmulator& emulator, const HttpCall& call) {
  HttpReply reply{.content_type = "application/json"};
  const bool known = call.path == "/state" || (call.method == "POST" && act(emulator, call.path, readForm(call.query)));
  reply.status = known ? 200 : 404;
  reply.body =
      (known ? state(emulator) : Json{{"error", "no such command"}}).dump(2, ' ', false, Json::error_handler_t::replace) +
      "\n";
  return reply;
}

}  // namespace sidecert::testing::emulator
