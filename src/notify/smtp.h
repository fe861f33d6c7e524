// Just enough SMTP to hand one message to a mail server.
// Sources: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 (AUTH PLAIN and LOGIN), RFC 5322 and RFC 2047 (the message).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/effort.h"
#include "base/name_lookup.h"
#include "base/result.h"
#include "notify/address.h"
#include "notify/message.h"

namespace sidecert::notify {

/// Header and body, CRLF line ends, ready for DATA but for the doubled dots.
/// @param unique  for the Message-ID: the same message sent twice is then known as one
[[nodiscard]] std::string mailText(const Address&, const Message&, std::string_view unique);

/// "2 Mar 2026 12:30:00 +0000" with its weekday (RFC 5322 section 3.3).
[[nodiscard]] std::string mailDate(TimePoint);

/// One dialogue, from connecting to QUIT. All of it within `effort`.
/// @param trust_files  PEM bundles the server's certificate is verified against
/// @returns Settings when NOTIFY_URLS has to be mended (login refused, no STARTTLS, recipient refused), Unreachable,
///          Untrusted, or Refused with the server's own words.
[[nodiscard]] Result<> sendMail(const Address&, const Message&, const std::vector<std::string>& trust_files, NameLookup&,
                                const Effort&);

}  // namespace sidecert::notify
