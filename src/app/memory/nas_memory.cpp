#include "app/memory/nas_memory.h"

#include "app/memory/record_memory.h"
#include "state/document.h"
#include "state/volume.h"

namespace sidecert::app {

using state::Json;

namespace {

Json entryIn(const Json& document, const std::string& title) {
  return state::object(state::object(state::object(document, "certificates"), title.c_str()), "entry");
}

Json entryOf(const dsm::TargetState& target) {
  Json entry{
      {"certificateId", target.certificate_id}, {"ourLeaves", target.our_leaves}, {"repairedLeaf", target.repaired_leaf}};
  if (target.repaired) entry["repaired"] = toIso(*target.repaired);
  if (!target.served_at.host.empty())
    entry["servedAt"] = {
        {"host", target.served_at.host}, {"port", target.served_at.port}, {"serverName", target.served_at.server_name}};
  if (target.certificate_wanted) entry["certificateWanted"] = *target.certificate_wanted;
  if (!target.importing.empty()) entry["importing"] = target.importing;
  if (!target.inherit_from.empty()) entry["inheritFrom"] = target.inherit_from;
  if (!target.arranged.empty()) entry["arranged"] = target.arranged;
  if (target.importing_since) entry["importingSince"] = toIso(*target.importing_since);
  return entry;
}

}  // namespace

std::string nasKey(const std::string& target_key) {
  return "nas/" + state::plainName(target_key);
}

Result<dsm::TargetState> loadTargetState(const Memory& memory, const std::string& title, const config::NasSettings& nas) {
  auto document = state::read(*memory.store, nasKey(targetKey(nas)));
  if (!document) return std::unexpected(document.error());
  dsm::TargetState target;
  if (*document) {
    const Json& object = **document;
    target.device_token = Secret(state::text(object, "deviceToken"));
    target.pinned_sha256 = state::text(object, "pinnedSha256");
    target.otp_code_used = state::text(object, "otpCodeUsed");
    target.device_id_seen = state::text(object, "deviceIdSeen");
    target.totp_step_used = state::number(object, "totpStepUsed");
    target.token_proved = state::time(object, "tokenProved");
    target.refused_credentials = state::text(object, "refusedCredentials");
    target.refused_code = static_cast<int>(state::number(object, "refusedCode"));
    target.refused_until = state::time(object, "refusedUntil");
  }
  if (*document) {
    const Json object = entryIn(**document, title);
    target.certificate_id = state::text(object, "certificateId");
    if (object.contains("certificateWanted")) target.certificate_wanted = state::text(object, "certificateWanted");
    target.our_leaves = state::texts(object, "ourLeaves");
    target.repaired_leaf = state::text(object, "repairedLeaf");
    target.repaired = state::time(object, "repaired");
    const Json served = state::object(object, "servedAt");
    target.served_at = {.host = state::text(served, "host"),
                        .port = static_cast<std::uint16_t>(state::number(served, "port")),
                        .server_name = state::text(served, "serverName")};
    target.importing = state::text(object, "importing");
    target.inherit_from = state::text(object, "inheritFrom");
    target.arranged = state::text(object, "arranged");
    target.importing_since = state::time(object, "importingSince");
  }
  target.keep = [memory, title, nas](const dsm::TargetState& learnt) { return saveTargetState(memory, title, nas, learnt); };
  return target;
}

Result<> saveTargetState(const Memory& memory, const std::string& title, const config::NasSettings& nas,
                         const dsm::TargetState& target) {
  return state::update(*memory.store, nasKey(targetKey(nas)), [&](Json& document) {
    document["nas"] = targetKey(nas);
    document["deviceToken"] = target.device_token.reveal();
    document["pinnedSha256"] = target.pinned_sha256;
    document["otpCodeUsed"] = target.otp_code_used;
    document["deviceIdSeen"] = target.device_id_seen;
    document["totpStepUsed"] = target.totp_step_used;
    document["refusedCredentials"] = target.refused_credentials;
    document["refusedCode"] = target.refused_code;
    const auto put = [&](const char* name, const std::optional<TimePoint>& time) {
      if (time) document[name] = toIso(*time);
      if (!time) document.erase(name);
    };
    put("tokenProved", target.token_proved);
    put("refusedUntil", target.refused_until);
    document["certificates"][title]["entry"] = entryOf(target);
  });
}

Result<std::map<std::string, Target>> loadTargets(const Memory& memory, const std::string& title) {
  const auto keys = memory.store->list("nas");
  if (!keys) return std::unexpected(keys.error());
  std::map<std::string, Target> targets;
  for (const std::string& key : *keys) {
    const auto document = state::read(*memory.store, key);
    if (!document) return std::unexpected(document.error());
    if (!*document) continue;
    const Json one = state::object(state::object(**document, "certificates"), title.c_str());
    const std::string nas = state::text(**document, "nas");
    if (!nas.empty() && one.contains("target")) targets.emplace(nas, targetFrom(one["target"]));
  }
  return targets;
}

Result<> saveTarget(const Memory& memory, const std::string& title, const std::string& target_key, const Target& target) {
  return state::update(*memory.store, nasKey(target_key), [&](Json& document) {
    document["nas"] = target_key;
    document["certificates"][title]["target"] = toJson(target);
  });
}

}  // namespace sidecert::app
