#include "app/memory/target_memory.h"

#include "state/document.h"
#include "state/volume.h"

namespace sidecert::app {

using state::Json;

Result<dsm::TargetState> loadTargetState(const Ports& ports, const Path& data, const Path& certificate_folder,
                                         const config::NasSettings& nas) {
  auto login = state::readDocument(ports, state::nasPath(data, nas.host, nas.port));
  if (!login) return std::unexpected(login.error());
  auto entry = state::readDocument(ports, state::nasPath(certificate_folder, nas.host, nas.port));
  if (!entry) return std::unexpected(entry.error());
  dsm::TargetState target;
  if (*login) {
    const Json& object = **login;
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
  if (*entry) {
    const Json& object = **entry;
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
    target.importing_since = state::time(object, "importingSince");
  }
  target.keep = [&files = ports.files, data, certificate_folder, nas](const dsm::TargetState& learnt) {
    return saveTargetState(files, data, certificate_folder, nas, learnt);
  };
  return target;
}

Result<> saveTargetState(FileSystem& files, const Path& data, const Path& certificate_folder, const config::NasSettings& nas,
                         const dsm::TargetState& target) {
  Json login{{"deviceToken", target.device_token.reveal()}, {"pinnedSha256", target.pinned_sha256},
             {"otpCodeUsed", target.otp_code_used},         {"deviceIdSeen", target.device_id_seen},
             {"totpStepUsed", target.totp_step_used},       {"refusedCredentials", target.refused_credentials},
             {"refusedCode", target.refused_code}};
  if (target.token_proved) login["tokenProved"] = toIso(*target.token_proved);
  if (target.refused_until) login["refusedUntil"] = toIso(*target.refused_until);
  if (auto saved = state::writeDocument(files, state::nasPath(data, nas.host, nas.port), std::move(login)); !saved)
    return saved;
  Json entry{
      {"certificateId", target.certificate_id}, {"ourLeaves", target.our_leaves}, {"repairedLeaf", target.repaired_leaf}};
  if (target.repaired) entry["repaired"] = toIso(*target.repaired);
  if (!target.served_at.host.empty())
    entry["servedAt"] = {
        {"host", target.served_at.host}, {"port", target.served_at.port}, {"serverName", target.served_at.server_name}};
  if (target.certificate_wanted) entry["certificateWanted"] = *target.certificate_wanted;
  if (!target.importing.empty()) entry["importing"] = target.importing;
  if (target.importing_since) entry["importingSince"] = toIso(*target.importing_since);
  return state::writeDocument(files, state::nasPath(certificate_folder, nas.host, nas.port), std::move(entry));
}

}  // namespace sidecert::app
