// What a deployment needs of DSM, however it is reached: over the web API, or through the host's own tool.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "dsm/certificates.h"

namespace sidecert::dsm {

/// The three files of an import, clean PEM: LF, one newline at the end, nothing before BEGIN.
struct ImportFiles {
  Secret key;
  std::string certificate;   // the leaf alone
  std::string intermediate;  // without the leaf; empty when there is none
  bool ec_key = false;
};

struct ImportOrder {
  std::string id;           // of the entry to replace; empty makes a new one
  std::string description;  // always sent: DSM forgets it otherwise
  bool as_default = false;  // sent only when true: DSM takes any text, "false" too, as yes
};

struct Move {
  ListedService service;
  std::string from;  // id of the entry it is on now; a stale one may clear the binding
  std::string to;
};

/// Where a NAS answers https.
struct WebServer {
  std::string address;                           // to connect to
  std::string server_name;                       // to ask for at DSM's own pages; empty: none
  std::optional<std::uint16_t> https_port;       // of DSM's own pages; nothing: not known
  bool https = true;                             // false: DSM says that its own pages have no https
  std::map<std::string, std::uint16_t> proxied;  // reverse-proxy hosts by name, as far as DSM lists them
};

/// How long an answer may take: a four-bay NAS whose disks slept needed a minute.
inline constexpr Duration kReadLimit{120'000};
inline constexpr Duration kChangeLimit{180'000};

class CertificateApi {
 public:
  CertificateApi() = default;
  CertificateApi(const CertificateApi&) = delete;
  CertificateApi& operator=(const CertificateApi&) = delete;
  virtual ~CertificateApi() = default;

  /// Finds DSM and logs in; again after the connection was lost. Waits up to `patience` for a DSM that does not answer.
  [[nodiscard]] virtual Result<> open(Duration patience) = 0;
  [[nodiscard]] virtual Result<std::vector<Entry>> list() = 0;
  /// Asked of DSM once after `open`; what DSM does not tell is left out.
  [[nodiscard]] virtual WebServer webServer() = 0;
  /// Whether this is a DSM 6, which takes RSA keys only. Known after `open`.
  [[nodiscard]] virtual bool refusesEcKeys() const = 0;
  /// @returns the entry's id, empty when DSM did not say; AnswerLost whenever it is not known whether the import happened;
  ///          Unreachable when the session had ended, so that DSM did nothing. Sent once, never repeated here.
  [[nodiscard]] virtual Result<std::string> import(const ImportOrder&, const ImportFiles&) = 0;
  /// All moves in one call, sent once more only in place of a session that had ended. @returns AnswerLost when it is not
  /// known whether they happened.
  [[nodiscard]] virtual Result<> assign(const std::vector<Move>&) = 0;
  [[nodiscard]] virtual Result<> makeDefault(const std::string& id, const std::string& description) = 0;
  /// Logs out. Whatever comes of it, nothing is left to do.
  virtual void close() = 0;
};

}  // namespace sidecert::dsm
