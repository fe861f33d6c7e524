// SYNO.API.Auth behind the DSM emulator: accounts, second factors, trusted devices, sessions, the block list.
// Not safe for several threads: the emulator holds its lock around every call.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/dsm_emulator.h"
#include "support/dsm_emulator_form.h"

namespace sidecert::testing::emulator {

using Json = nlohmann::json;

/// What a call of the web API comes to. code 0 is success.
struct Outcome {
  int code = 0;
  Json data = nullptr;    // null: no member
  Json errors = nullptr;  // null: no member
  std::string story;      // for the log; no secrets
};

struct Session {
  std::string account;
  std::string client;
  std::string syno_token;  // empty: none was asked for, or none is needed
  int auth_version = 0;
  std::chrono::sys_seconds last_used;
  int ended = 0;  // 106 or 107 once it is over
};

/// What proves a session in a call, wherever it stood.
struct Credentials {
  std::string sid;
  std::string syno_token;
  std::string client;
};

class AuthDesk {
 public:
  explicit AuthDesk(std::vector<DsmAccount> accounts) : accounts_(std::move(accounts)) {}

  /// @param did_cookie  the cookie form of a device token, which versions before 7 take
  [[nodiscard]] Outcome login(const Parameters&, int version, const std::string& client, const std::string& did_cookie,
                              const DsmBehaviour&, std::chrono::sys_seconds now);
  void logout(const std::string& sid) { sessions_.erase(sid); }

  /// The session of a call that any login may make, or the code that refuses it.
  [[nodiscard]] std::expected<const Session*, int> recognize(const Credentials&, const DsmBehaviour&,
                                                             std::chrono::sys_seconds now);
  /// The session of a call to a certificate API, or the code that refuses it. @param changes  whether it changes something
  [[nodiscard]] std::expected<const Session*, int> admit(const Credentials&, bool changes, const DsmBehaviour&,
                                                         std::chrono::sys_seconds now);

  DsmAccount& account(const std::string& name);  // made when missing
  [[nodiscard]] std::string otpCode(const std::string& account, int steps, std::chrono::sys_seconds now) const;
  [[nodiscard]] std::size_t openSessions() const;
  void endSessions() { sessions_.clear(); }
  void forgetDevices() { devices_.clear(); }
  void unblock() { failures_.clear(); }
  [[nodiscard]] bool blocked(const std::string& client, const DsmBehaviour&) const;

 private:
  struct Device {
    std::string account;
    std::string name;
    std::chrono::sys_seconds good_until;
  };
  struct Admission {
    int code = 0;
    Json errors = nullptr;
    std::string device_token;  // to be handed out
  };
  [[nodiscard]] Admission secondFactor(const DsmAccount&, const Parameters&, int version, const std::string& did_cookie,
                                       const DsmBehaviour&, std::chrono::sys_seconds now);
  [[nodiscard]] bool takeCode(const DsmAccount&, const std::string& code, int window, std::chrono::sys_seconds now);
  [[nodiscard]] std::string newDevice(const std::string& account, const std::string& name, const DsmBehaviour&,
                                      std::chrono::sys_seconds now);
  [[nodiscard]] Outcome refuse(int code, Json errors, const std::string& name, const std::string& client);

  std::vector<DsmAccount> accounts_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, Device> devices_;
  std::map<std::string, int> failures_;                // by client address
  std::set<std::pair<std::string, long long>> spent_;  // account and time step
};

}  // namespace sidecert::testing::emulator
