#include "app/memory/record_memory.h"

#include "app/memory/nas_memory.h"

#include <array>

namespace sidecert::app {
namespace {

using state::Json;

void put(Json& object, const char* name, const std::optional<TimePoint>& time) {
  if (time) object[name] = toIso(*time);
}

Json toJson(const Attempts& attempts) {
  Json object{{"failures", attempts.failures}, {"settings", attempts.settings}};
  put(object, "next", attempts.next);
  put(object, "lastSuccess", attempts.last_success);
  put(object, "lastFailure", attempts.last_failure);
  if (attempts.last_error)
    object["lastError"] = {{"code", std::string(toString(attempts.last_error->code))},
                           {"what", attempts.last_error->what},
                           {"hint", attempts.last_error->hint}};
  return object;
}

Attempts attemptsFrom(const Json& object) {
  Attempts attempts;
  attempts.failures = static_cast<int>(state::number(object, "failures"));
  attempts.settings = state::text(object, "settings");
  attempts.next = state::time(object, "next");
  attempts.last_success = state::time(object, "lastSuccess");
  attempts.last_failure = state::time(object, "lastFailure");
  const Json error = state::object(object, "lastError");
  if (!error.empty()) {
    attempts.last_error = Error{.code = errorCodeFrom(state::text(error, "code")),
                                .what = state::text(error, "what"),
                                .hint = state::text(error, "hint")};
  }
  return attempts;
}

constexpr std::array<std::pair<dsm::Proof, std::string_view>, 5> kProofs{{{dsm::Proof::Served, "served"},
                                                                          {dsm::Proof::NotServedYet, "not-served-yet"},
                                                                          {dsm::Proof::NotServed, "not-served"},
                                                                          {dsm::Proof::NotUsed, "not-used"},
                                                                          {dsm::Proof::NotReachable, "not-reachable"}}};

}  // namespace

Json toJson(const Target& target) {
  Json object{{"certificateId", target.certificate_id}, {"sha256", target.sha256},
              {"proofDetail", target.proof_detail},     {"services", target.services},
              {"notMoved", target.not_moved},           {"attempts", toJson(target.attempts)}};
  object["certificates"] = Json::array();
  for (const dsm::Holder& holder : target.holders)
    object["certificates"].push_back({{"certificate", holder.certificate}, {"services", holder.services}});
  for (const auto& [value, name] : kProofs) {
    if (target.proof == value) object["proof"] = std::string(name);
  }
  put(object, "deployed", target.deployed);
  put(object, "verified", target.verified);
  put(object, "check", target.check);
  return object;
}

Target targetFrom(const Json& object) {
  Target target;
  target.certificate_id = state::text(object, "certificateId");
  target.sha256 = state::text(object, "sha256");
  target.proof_detail = state::text(object, "proofDetail");
  target.services = state::texts(object, "services");
  target.not_moved = state::texts(object, "notMoved");
  if (const auto holders = object.find("certificates"); holders != object.end() && holders->is_array()) {
    for (const Json& holder : *holders) {
      if (holder.is_object())
        target.holders.push_back(
            {.certificate = state::text(holder, "certificate"), .services = state::texts(holder, "services")});
    }
  }
  target.deployed = state::time(object, "deployed");
  target.verified = state::time(object, "verified");
  target.check = state::time(object, "check");
  const std::string proof = state::text(object, "proof");
  for (const auto& [value, name] : kProofs) {
    if (proof == name) target.proof = value;
  }
  target.attempts = attemptsFrom(state::object(object, "attempts"));
  return target;
}

namespace {

Json toJson(const Record& record) {
  Json renewal = Json::object();
  if (record.renewal.window) {
    renewal["window"] = {{"start", toIso(record.renewal.window->start)},
                         {"end", toIso(record.renewal.window->end)},
                         {"explanation", record.renewal.window->explanation_url}};
  }
  put(renewal, "at", record.renewal.at);
  put(renewal, "askAgain", record.renewal.ask_again);
  Json object{
      {"label", record.label},     {"leaf", record.leaf},       {"names", record.names}, {"directory", record.directory},
      {"account", record.account}, {"profile", record.profile}, {"renewal", renewal},    {"issuing", toJson(record.issuing)},
      {"dns", toJson(record.dns)}};
  put(object, "issued", record.issued);
  put(object, "revoked", record.revoked);
  return object;
}

}  // namespace

Result<Record> loadRecord(const Memory& memory, const std::string& title) {
  auto document = state::read(*memory.store, certificateKey(title, "record"));
  if (!document) return std::unexpected(document.error());
  Record record;
  auto targets = loadTargets(memory, title);
  if (!targets) return std::unexpected(targets.error());
  record.targets = std::move(*targets);
  if (!*document) return record;
  const Json& object = **document;
  record.label = state::text(object, "label");
  record.leaf = state::text(object, "leaf");
  record.names = state::texts(object, "names");
  record.directory = state::text(object, "directory");
  record.account = state::text(object, "account");
  record.profile = state::text(object, "profile");
  record.issued = state::time(object, "issued");
  record.revoked = state::time(object, "revoked");
  const Json renewal = state::object(object, "renewal");
  const Json window = state::object(renewal, "window");
  const auto start = state::time(window, "start");
  const auto end = state::time(window, "end");
  if (start && end)
    record.renewal.window = {.start = *start, .end = *end, .explanation_url = state::text(window, "explanation")};
  record.renewal.at = state::time(renewal, "at");
  record.renewal.ask_again = state::time(renewal, "askAgain");
  record.issuing = attemptsFrom(state::object(object, "issuing"));
  record.dns = attemptsFrom(state::object(object, "dns"));
  return record;
}

Result<> saveRecord(const Memory& memory, const std::string& title, const Record& record) {
  return state::update(*memory.store, certificateKey(title, "record"), [&](Json& document) { document = toJson(record); });
}

ErrorCode errorCodeFrom(std::string_view text) {
  for (int code = 0; code < static_cast<int>(ErrorCode::Internal); ++code) {
    if (toString(static_cast<ErrorCode>(code)) == text) return static_cast<ErrorCode>(code);
  }
  return ErrorCode::Internal;
}

}  // namespace sidecert::app
