#include "support/dsm_emulator_auth.h"

#include <algorithm>

#include "support/dsm_emulator_x509.h"

namespace sidecert::testing::emulator {
namespace {

constexpr std::chrono::seconds kStep{30};
constexpr int kFirstVersionWithToken = 6;
constexpr int kDeviceIdVersion = 7;
constexpr std::string_view kNoToken = "--------";  // what DSM gives for a token while it demands none

// Codes of SYNO.API.Auth.
constexpr int kNoSuchAccountOrPassword = 400;
constexpr int kSecondFactorNeeded = 403;
constexpr int kSecondFactorWrong = 404;
constexpr int kBlocked = 407;

}  // namespace

DsmAccount& AuthDesk::account(const std::string& name) {
  const auto found = std::ranges::find(accounts_, name, &DsmAccount::name);
  if (found != accounts_.end()) return *found;
  return accounts_.emplace_back(DsmAccount{.name = name});
}

bool AuthDesk::blocked(const std::string& client, const DsmBehaviour& behaviour) const {
  const auto found = failures_.find(client);
  return behaviour.auto_block_after > 0 && found != failures_.end() && found->second >= behaviour.auto_block_after;
}

Outcome AuthDesk::refuse(int code, Json errors, const std::string& name, const std::string& client) {
  if (code != kSecondFactorNeeded && code != kBlocked) ++failures_[client];
  return {.code = code, .errors = std::move(errors), .story = "login of " + name + " from " + client};
}

Outcome AuthDesk::login(const Parameters& parameters, int version, const std::string& client, const std::string& did_cookie,
                        const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  const std::string name = valueOf(parameters, "account");
  if (find(parameters, "account") == nullptr || find(parameters, "passwd") == nullptr) {
    return {.code = 101, .story = "login without account or password from " + client};
  }
  if (blocked(client, behaviour)) return refuse(kBlocked, nullptr, name, client);
  const auto found = std::ranges::find(accounts_, name, &DsmAccount::name);
  if (found == accounts_.end() || found->password != valueOf(parameters, "passwd")) {
    return refuse(kNoSuchAccountOrPassword, nullptr, name, client);
  }
  if (found->refusal != 0) return refuse(found->refusal, nullptr, name, client);

  auto admission = secondFactor(*found, parameters, version, did_cookie, behaviour, now);
  if (admission.code != 0) return refuse(admission.code, std::move(admission.errors), name, client);

  if (behaviour.one_session_per_account) {
    for (auto& [sid, session] : sessions_) {
      if (session.account == name && session.ended == 0) session.ended = 107;
    }
  }
  const std::string sid = randomHex(32);
  Session session{.account = name, .client = client, .auth_version = version, .last_used = now};
  Json data{{"sid", sid}, {"is_portal_port", behaviour.portal_port}};
  if (version >= kFirstVersionWithToken) data[version >= kDeviceIdVersion ? "device_id" : "did"] = admission.device_token;
  if (version >= kFirstVersionWithToken && valueOf(parameters, "enable_syno_token") == "yes") {
    if (behaviour.csrf_protection) session.syno_token = randomHex(8);
    data["synotoken"] = behaviour.csrf_protection ? session.syno_token : std::string(kNoToken);
  }
  if (version >= kDeviceIdVersion) {
    data["account"] = name;
    data["ik_message"] = "";
  }
  sessions_.emplace(sid, session);
  failures_.erase(client);
  return {.data = std::move(data), .story = "login of " + name + " from " + client};
}

AuthDesk::Admission AuthDesk::secondFactor(const DsmAccount& account, const Parameters& parameters, int version,
                                           const std::string& did_cookie, const DsmBehaviour& behaviour,
                                           std::chrono::sys_seconds now) {
  const bool wants_device = version >= kFirstVersionWithToken && valueOf(parameters, "enable_device_token") == "yes";
  const std::string device_name = valueOf(parameters, "device_name");
  const auto fresh = [&] { return wants_device ? newDevice(account.name, device_name, behaviour, now) : std::string(); };

  std::string device = version >= kFirstVersionWithToken ? valueOf(parameters, "device_id") : std::string();
  if (device.empty() && version < kDeviceIdVersion) device = did_cookie;
  if (const auto known = devices_.find(device); known != devices_.end() && known->second.account == account.name &&
                                                known->second.name == device_name && known->second.good_until > now) {
    if (behaviour.login_renews_device) known->second.good_until = now + behaviour.device_life;
    switch (behaviour.device_answer) {
      case DsmBehaviour::DeviceAnswer::Empty: return {};
      case DsmBehaviour::DeviceAnswer::Same: return {.device_token = device};
      case DsmBehaviour::DeviceAnswer::Fresh:
        devices_.erase(known);
        return {.device_token = newDevice(account.name, device_name, behaviour, now)};
    }
  }
  if (account.totp_secret.empty()) return {.device_token = fresh()};

  const std::string code = valueOf(parameters, "otp_code");
  const bool takes_codes = std::ranges::contains(account.second_factors, "otp");
  if (code.empty() || !takes_codes) {
    Json errors = nullptr;
    if (behaviour.second_factor_details) {
      errors = {{"token", randomHex(20)}, {"types", Json::array()}};
      for (const auto& type : account.second_factors) errors["types"].push_back({{"type", type}});
    }
    return {.code = kSecondFactorNeeded, .errors = std::move(errors)};
  }
  if (!takeCode(account, code, behaviour.otp_window, now)) return {.code = kSecondFactorWrong};
  return {.device_token = fresh()};
}

bool AuthDesk::takeCode(const DsmAccount& account, const std::string& code, int window, std::chrono::sys_seconds now) {
  const long long present = now.time_since_epoch() / kStep;
  for (long long step = present - window; step <= present + window; ++step) {
    if (timeCode(account.totp_secret, step) == code) return spent_.emplace(account.name, step).second;
  }
  return false;
}

std::string AuthDesk::newDevice(const std::string& account, const std::string& name, const DsmBehaviour& behaviour,
                                std::chrono::sys_seconds now) {
  const std::string token = randomHex(43);  // 86 characters, as DSM 7 has it
  devices_[token] = {.account = account, .name = name, .good_until = now + behaviour.device_life};
  return token;
}

std::expected<const Session*, int> AuthDesk::recognize(const Credentials& shown, const DsmBehaviour& behaviour,
                                                       std::chrono::sys_seconds now) {
  const auto found = sessions_.find(shown.sid);
  if (found == sessions_.end()) return std::unexpected(119);
  Session& session = found->second;
  if (session.ended == 0 && now - session.last_used > behaviour.idle_limit) session.ended = 106;
  if (session.ended != 0) return std::unexpected(session.ended);
  if (behaviour.check_address && session.client != shown.client) return std::unexpected(150);
  if (!session.syno_token.empty()) {
    if (shown.syno_token.empty()) return std::unexpected(behaviour.missing_token_code);
    if (shown.syno_token != session.syno_token) return std::unexpected(119);
  }
  session.last_used = now;
  return &session;
}

std::expected<const Session*, int> AuthDesk::admit(const Credentials& shown, bool changes, const DsmBehaviour& behaviour,
                                                   std::chrono::sys_seconds now) {
  const auto session = recognize(shown, behaviour, now);
  if (!session) return session;
  // A login that asked for no token may still read. Source: home-assistant, which never asks for one;
  // atom2ueki/mcp-server-synology #13, measured on DSM 7.3.2.
  if (changes && (*session)->syno_token.empty() && behaviour.csrf_protection) {
    return std::unexpected(behaviour.missing_token_code);
  }
  const auto account = std::ranges::find(accounts_, (*session)->account, &DsmAccount::name);
  if (account == accounts_.end() || !account->administrator || behaviour.portal_port) return std::unexpected(105);
  return session;
}

std::string AuthDesk::otpCode(const std::string& name, int steps, std::chrono::sys_seconds now) const {
  const auto found = std::ranges::find(accounts_, name, &DsmAccount::name);
  if (found == accounts_.end()) return {};
  return timeCode(found->totp_secret, now.time_since_epoch() / kStep + steps);
}

std::size_t AuthDesk::openSessions() const {
  return static_cast<std::size_t>(std::ranges::count(sessions_, 0, [](const auto& pair) { return pair.second.ended; }));
}

}  // namespace sidecert::testing::emulator
