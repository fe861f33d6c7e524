// What DSM's certificate list (SYNO.Core.Certificate.CRT list) says, read tolerantly: fields may be absent, and there is no
// serial number or fingerprint, so an entry is known by its dates and names only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/x509.h"
#include "dsm/envelope.h"

namespace sidecert::dsm {

struct ListedService {
  std::string display_name;     // a reverse-proxy rule shows its host name here
  std::string translation_key;  // what DSM's page translates: "common:web_desktop"; often empty
  std::string subscriber;
  std::string service;
  bool settable = true;
  std::string verbatim;  // the JSON object as listed; Service.set wants exactly this back
};

struct Entry {
  std::string id;           // opaque
  std::string description;  // free text, not unique, often empty
  std::string common_name;
  std::string issuer;
  std::optional<std::vector<std::string>> names;  // subjectAltName without addresses, lower case; nothing when not told
  std::optional<TimePoint> valid_from;
  std::optional<TimePoint> valid_till;
  bool is_default = false;
  bool is_broken = false;  // files of the entry do not verify
  bool renewable = false;  // DSM renews it itself
  bool built_in = false;   // the certificate a NAS makes for itself
  std::vector<ListedService> services;
};

/// @param data  the "data" of the answer. @returns BadAnswer when it has no list; entries without an id are left out.
[[nodiscard]] Result<std::vector<Entry>> readList(const Json& data);

/// "Aug  4 00:00:00 2024 GMT", OpenSSL's text. @returns nothing when it is anything else.
[[nodiscard]] std::optional<TimePoint> parseListedTime(std::string_view);

/// The entry's dates and names are those of this certificate.
[[nodiscard]] bool shows(const Entry&, const crypto::Certificate&);
/// @returns null when there is none of that id, and for an empty one.
[[nodiscard]] const Entry* findById(const std::vector<Entry>&, const std::string& id);
/// The entry's names are exactly these.
[[nodiscard]] bool hasNames(const Entry&, std::vector<std::string> names);
/// DSM's own web pages are assigned to it.
[[nodiscard]] bool servesDsm(const Entry&);

/// For a list in a message: "home" (id abc123, for nas.example, valid until 2027-01-01 00:00 UTC, default).
[[nodiscard]] std::string describe(const Entry&);

}  // namespace sidecert::dsm
