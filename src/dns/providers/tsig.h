// Signatures on DNS messages by a shared key: TSIG, RFC 8945. Keys as BIND and Knot write them down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/digest.h"

namespace sidecert::dns::providers {

struct TsigKey {
  std::string name;       // lower case, without trailing dot
  std::string algorithm;  // as on the wire: "hmac-sha256"
  crypto::Hash hash{};
  Secret secret;  // raw octets
};

/// Reads `key "name" { algorithm hmac-sha256; secret "..."; };` (the first one when there are several), or either file
/// of a K<name>.+<algorithm>+<id> pair.
/// @param file_name  where the text came from: a .private file has its key's name nowhere else. May be empty.
/// @returns Settings saying what is wrong; the text never shows the secret.
[[nodiscard]] Result<TsigKey> parseTsigKey(std::string_view text, std::string_view file_name);

struct SignedMessage {
  std::string octets;
  std::string mac;  // the answer's signature covers it
};

[[nodiscard]] SignedMessage signMessage(std::string_view message, const TsigKey&, TimePoint now);

/// Section 3 of the RFC: what a server says about the signature it got.
enum class TsigError : std::uint16_t { None = 0, BadSig = 16, BadKey = 17, BadTime = 18, BadTrunc = 22 };

struct TsigVerdict {
  bool present = false;                  // the answer has a TSIG record
  bool verified = false;                 // by our key, over our question's signature, at about our time
  TsigError error = TsigError::None;     // unsigned for BadSig and BadKey, so worth as much as the network
  std::optional<TimePoint> server_time;  // with BadTime
};

/// @returns BadAnswer when the octets are no DNS message.
[[nodiscard]] Result<TsigVerdict> checkAnswer(std::string_view wire, const TsigKey&, std::string_view request_mac,
                                              TimePoint now);

}  // namespace sidecert::dns::providers
