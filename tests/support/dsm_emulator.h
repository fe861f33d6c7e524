// A Synology DSM as its web API shows it, for tests and for the demo: discovery, login, the certificate list, import,
// services, and the web server that serves the imported certificate. Nothing of a NAS is behind it.
// Source: what public clients measured on DSM 6.2 to 7.4 and Synology's "DSM Login Web API Guide". Where sources differ
// or nobody knows, DsmBehaviour has a switch, so that a test can try both answers.
// Every method may be called from any thread. The emulator listens when the constructor has returned and is gone when
// the destructor has.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecert::testing {

enum class DsmVersion { Dsm62, Dsm72, Dsm74 };

struct DsmAccount {
  std::string name = "sidecert";
  std::string password = "correct-horse-7";
  bool administrator = true;
  std::string totp_secret;                         // base32; empty: no second factor
  std::vector<std::string> second_factors{"otp"};  // what a 403 offers; without "otp" no code is taken
  int refusal = 0;                                 // 401, 402, 405, 406, 408 to 411: the answer to the right password
};

/// What differs between versions, what an owner can switch, and what nobody has measured.
struct DsmBehaviour {
  // By version.
  std::string auth_path;        // where SYNO.API.Auth lives: auth.cgi or entry.cgi
  std::string older_auth_path;  // where it is answered as well: DSM 7 still has DSM 6's auth.cgi; empty: nowhere
  int auth_max_version = 7;
  int first_login_version = 3;  // an older one is 103
  std::string version_string;   // "DSM 7.2.2-72806"
  bool lists_key_types = true;
  bool lists_full_services = true;      // multiple_cert and user_setable in service objects
  bool takes_ecc = true;                // otherwise an EC key is 5529
  bool refuses_odd_file_names = false;  // '/', '\', '*' or a leading dot in an uploaded file name: 108, upload_err -8
  int missing_token_code = 119;         // 119, 105 or 103
  bool changes_need_v7_login = false;   // import, set and delete from a session of an older login: 105
  bool same_target_unbinds = false;     // Service.set to the certificate a service already has drops the assignment
  bool second_factor_details = true;    // 403 carries errors.token and errors.types
  std::string content_type = "application/json; charset=\"UTF-8\"";

  // By the owner.
  bool csrf_protection = true;                                 // sessions without a SynoToken may only read
  bool check_address = true;                                   // a session used from another address: 150
  bool one_session_per_account = false;                        // a second login ends the first with 107
  std::chrono::seconds idle_limit = std::chrono::minutes(15);  // then 106
  bool redirect_to_https = false;
  std::string redirect_host;    // empty: the host the client asked for
  bool portal_port = false;     // an application portal instead of DSM: is_portal_port, certificate calls 105
  bool tells_web_ports = true;  // SYNO.Core.Web.DSM and SYNO.Core.AppPortal.ReverseProxy are there
  std::optional<std::uint16_t> told_https_port;      // another than it listens on, as behind a router that maps ports
  std::map<std::string, std::string> display_names;  // by "subscriber/service": in the language of this DSM
  int auto_block_after = 10;                         // failed logins from one address, then 407; 0: never

  // Not known of the real thing, or seen both ways.
  bool replacing_default_demotes = false;   // import over the default without as_default
  bool default_takes_all_services = false;  // as_default moves every service of the old default, not only system/default
  bool import_answers_id = true;
  bool takes_session_in_form = true;  // _sid in a form body also for what changes something; in a multipart never
  bool stale_old_id_unbinds = true;   // Service.set with an old_id that is not the present one
  enum class DeviceAnswer { Empty, Same, Fresh } device_answer = DeviceAnswer::Same;  // to a login by device token
  std::chrono::hours device_life = std::chrono::days(30);
  bool login_renews_device = true;
  int otp_window = 1;           // time steps accepted before and after the present one
  bool reloads_at_once = true;  // false: the old certificate is served until reloadWebServer(), so perhaps for ever
};

[[nodiscard]] DsmBehaviour behaviourOf(DsmVersion);

struct DsmOptions {
  DsmVersion version = DsmVersion::Dsm72;
  std::string address = "127.0.0.1";
  std::uint16_t http_port = 0;  // 0: any free one
  std::uint16_t https_port = 0;
  std::optional<std::uint16_t> proxy_port;    // a further https port, as 443 is for reverse-proxy hosts
  std::optional<std::uint16_t> control_port;  // the HTTP control port, see dsm_emulator_control.h
  std::vector<DsmAccount> accounts{DsmAccount{}};
  std::function<std::chrono::sys_seconds()> now;    // empty: the system's clock; decides TOTP, sessions, Date headers
  std::function<void(const std::string&)> on_line;  // one plain line per API call, never a secret
};

struct DsmService {
  std::string display_name;
  std::string subscriber;
  std::string service;
  std::string display_name_i18n;  // empty: the key is absent from the list
  std::string owner = "root";
  bool is_package = false;
  std::optional<bool> multiple_cert;  // absent: the key is absent
  std::optional<bool> user_setable;
};

/// An entry to be made up at the start of a test, with key and certificate of its own.
struct DsmCertificateSpec {
  std::string description;
  std::vector<std::string> names{"nas.example"};  // the first is the common name; all are in the SAN
  std::string issuer = "Made by hand";            // common name of the CA; "Synology Inc. CA" makes the built-in kind
  int valid_days = 60;                            // from now; negative: expired
  bool ecc = false;
  bool renewable = false;  // DSM renews it itself
  bool broken = false;
  bool with_alt_names = true;
  bool as_default = false;
  std::string id;                    // empty: a fresh one
  std::vector<DsmService> services;  // made and bound to it
};

/// One row of the certificate list.
struct DsmEntry {
  std::string id;
  std::string description;
  std::vector<std::string> names;
  bool is_default = false;
  std::string sha256;  // of the leaf, lower-case hex
  std::string leaf_pem;
  std::string chain_pem;
  std::vector<std::string> services;  // "subscriber/service"
};

/// One call of the web API as it arrived.
struct DsmCall {
  std::string api;
  std::string method;
  int version = 0;
  std::string http_method;
  std::string path;   // /webapi/entry.cgi
  int code = 0;       // of the answer; 0: success
  bool lost = false;  // no answer reached the client
  bool https = false;
  bool sid_in_query = false;
  bool token_in_query = false;
  bool token_in_header = false;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> parameters;  // passwd, otp_code, device_id, tokens left out
};

/// An import that took effect or was refused, part by part in the order of arrival. Keys are left out.
struct DsmImport {
  struct Part {
    std::string name;
    std::optional<std::string> file_name;
    std::string content;  // empty for the part `key`
  };
  std::vector<Part> parts;
  int code = 0;
  std::string id;  // of the entry it made or replaced
  [[nodiscard]] std::optional<std::string> text(std::string_view part) const;
};

/// Something that goes wrong at the next calls of one method.
struct DsmDisturbance {
  enum class How { Drop, BadGateway, GatewayTimeout, Code };
  std::string api;     // "SYNO.Core.Certificate"
  std::string method;  // "import"
  How how = How::Drop;
  int code = 0;               // for How::Code; the call then has no effect
  bool after_effect = false;  // the call is carried out first
  int times = 1;
  int outage_requests = 0;  // so many requests afterwards (of any kind) meet the 502 page of a starting web server
  bool ends_sessions = false;
};

/// The web server is not there. Until endOutage().
enum class DsmOutage { Refused, Dropped, BadGateway, NotDsm };

class DsmEmulator {
 public:
  explicit DsmEmulator(DsmOptions = {});
  DsmEmulator(const DsmEmulator&) = delete;
  DsmEmulator& operator=(const DsmEmulator&) = delete;
  ~DsmEmulator();

  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::uint16_t httpPort() const;
  [[nodiscard]] std::uint16_t httpsPort() const;
  [[nodiscard]] std::uint16_t proxyPort() const;    // 0: none
  [[nodiscard]] std::uint16_t controlPort() const;  // 0: none
  [[nodiscard]] std::string httpUrl() const;        // http://127.0.0.1:40001
  [[nodiscard]] std::string httpsUrl() const;

  void change(const std::function<void(DsmBehaviour&)>&);
  /// @param name  of an account; one that is not there is made.
  void changeAccount(const std::string& name, const std::function<void(DsmAccount&)>&);

  /// The built-in certificate is there from the start, is the default and has the usual services.
  /// @returns the id.
  std::string addCertificate(const DsmCertificateSpec&);
  void addService(const DsmService&, const std::string& certificate_id);              // empty id: bound to nothing
  void assignService(const std::string& service, const std::string& certificate_id);  // "subscriber/service", by the owner
  void removeCertificate(const std::string& id);                                      // its services go to the default
  void changeDescription(const std::string& id, const std::string& description);
  /// One of every kind that was seen on real boxes: renewed by DSM, no description, the same description twice, broken,
  /// expired, without alternative names, with quotes and a backslash in the description.
  void addOddCertificates();

  [[nodiscard]] std::vector<DsmEntry> entries() const;
  [[nodiscard]] std::optional<DsmEntry> entry(const std::string& id) const;
  [[nodiscard]] std::string defaultId() const;
  /// SHA-256 of the leaf that the https port shows for this server name; empty name: none asked for.
  [[nodiscard]] std::string servedSha256(const std::string& server_name = {}) const;
  void reloadWebServer();

  [[nodiscard]] std::vector<DsmCall> calls() const;
  /// Calls of this method, refused ones included.
  [[nodiscard]] std::size_t count(std::string_view api, std::string_view method) const;
  [[nodiscard]] std::size_t logins() const;              // attempts
  [[nodiscard]] std::vector<DsmImport> imports() const;  // those that reached the parser, refused ones included
  [[nodiscard]] std::size_t importsDone() const;
  [[nodiscard]] std::size_t openSessions() const;
  void forgetCalls();

  void disturb(DsmDisturbance);
  void startOutage(DsmOutage);
  void endOutage();  // also the one a disturbance brought

  /// Calls of this method wait, before they have any effect, until released.
  void hold(const std::string& api, const std::string& method);
  /// @returns false when no call arrived within the limit.
  [[nodiscard]] bool waitUntilHeld(std::chrono::milliseconds limit = std::chrono::seconds(20));
  void release();

  /// The emulator's clock; moves on top of DsmOptions::now.
  [[nodiscard]] std::chrono::sys_seconds now() const;
  void advance(std::chrono::seconds);

  void endSessions();    // as a restart of DSM does: 119
  void forgetDevices();  // "Sign out all devices"
  void unblock();        // empties the block list
  [[nodiscard]] bool blocked(const std::string& address) const;
  /// The code an authenticator app shows now. @param steps  of 30 s ahead
  [[nodiscard]] std::string otpCode(const std::string& account, int steps = 0) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sidecert::testing
