// DNS messages on the wire (RFC 1035 section 4, EDNS of RFC 6891, UPDATE of RFC 2136), by ldns.
// Pure: octets in, plain types out. The only place in dns/ that knows ldns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dns/provider.h"
#include "dns/resolver.h"

namespace sidecert::dns {

inline constexpr std::size_t kLongestMessage = 65535;  // octets; RFC 1035 section 4.2.2

struct Question {
  std::string name;  // in the case it is asked in; answers are compared with it
  RecordType type{};
  Recursion recursion = Recursion::Desired;
};

/// @param edns  offer answers of up to 1232 octets over UDP
/// @returns Settings when the name cannot be written on the wire.
[[nodiscard]] Result<std::string> encodeQuery(std::uint16_t id, const Question&, bool edns);

struct DecodedResponse {
  Response answer;
  bool truncated = false;  // the TC bit: ask again over TCP
  bool same_case = true;   // the question came back letter for letter as it was asked
};

/// @returns BadAnswer when the octets are no answer to this question with this id.
[[nodiscard]] Result<DecodedResponse> decodeResponse(std::string_view wire, std::uint16_t id, const Question&);

enum class UpdateKind { Add, Remove };

/// One RFC 2136 message for all records. Removal is by class NONE: exactly this value, never the whole set (section 2.5.4).
[[nodiscard]] Result<std::string> encodeUpdate(std::uint16_t id, const std::string& zone, UpdateKind,
                                               std::span<const TxtRecord>, std::uint32_t ttl);

struct Header {
  std::uint16_t id = 0;
  bool response = false;
  bool truncated = false;
  ResponseCode code{};
  std::uint16_t additional = 0;  // ARCOUNT
};

/// @returns BadAnswer when there are not even twelve octets.
[[nodiscard]] Result<Header> decodeHeader(std::string_view wire);

}  // namespace sidecert::dns
