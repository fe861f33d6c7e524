// XML and XML-RPC as trees, so that one way of pointing, capturing and templating serves all formats. pugixml reads.
//
// An element is an object: its attributes under "@name", its children under their names without namespace prefix (an array
// when a name repeats), its text under "#text". An element with nothing but text is that text. An Apache map
// (xsi:type="…:Map", as PHP's SOAP sends it) is an object of its keys, a SOAP array an array.
#pragma once

#include <string>
#include <string_view>

#include "dns/providers/limits.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {

/// {"RootName": …}. @returns what is wrong when it is no well-formed XML or exceeds a limit. No entity beyond XML's five is
/// expanded.
[[nodiscard]] std::expected<Value, Unreadable> parseXml(std::string_view, const Limits& = {});

/// The same shape back to text, with the XML declaration.
[[nodiscard]] std::string writeXml(const Value& tree);

/// <methodCall>: strings, numbers, booleans, arrays and objects become the XML-RPC types of the same meaning.
[[nodiscard]] std::string writeXmlRpc(std::string_view method, const Value& params);

/// The first parameter of a <methodResponse>; a fault as {"faultCode": …, "faultString": …}.
[[nodiscard]] std::expected<Value, Unreadable> parseXmlRpc(std::string_view, const Limits& = {});

}  // namespace sidecert::dns::providers
