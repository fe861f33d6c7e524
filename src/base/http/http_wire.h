// HTTP/1.1 as octets: writing a request, reading an answer to its very end (RFC 9112).
// Poco's own reader takes a body that was cut short for a whole one, and its time-outs count from the last octet; here both
// must not happen, so framing is read by hand.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/http/http.h"

namespace sidecert {

/// Request line, fields and body. @param target  what stands in the request line: a path, or the whole URL for a proxy
/// @returns Internal when a field or the method holds a control character (header injection).
[[nodiscard]] Result<std::string> writeRequest(const HttpRequest&, const Url&, std::string_view target,
                                               std::string_view user_agent);

/// Fills the buffer with at least one octet; 0 at the proper end of the stream.
using OctetSource = std::function<Result<std::size_t>(std::span<char>)>;

struct WireAnswer {
  HttpResponse response;
  bool keep_alive = false;  // the connection may carry another exchange
};

/// Reads one answer; interim ones (1xx) are passed over.
/// @param method  of the request: the answer to HEAD has no body
/// @returns BadAnswer when it is no HTTP or larger than allowed, AnswerLost when it ends too early, or the source's error.
[[nodiscard]] Result<WireAnswer> readAnswer(const OctetSource&, std::string_view method, std::size_t body_limit);

}  // namespace sidecert
