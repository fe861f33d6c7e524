// XML and XML-RPC as trees, so that one way of pointing, capturing and templating serves all formats. pugixml reads.
//
// An element is an object: its attributes under "@name", its children under their names without namespace prefix (an array
// when a name repeats), its text under "#text". An element with nothing but text is that text. An Apache map
// (xsi:type="…:Map", as PHP's SOAP sends it) is an object of its keys, a SOAP array an array.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "dns/providers/json.h"

namespace sidecert::dns::providers {

/// {"RootName": …}. @returns BadAnswer when it is no well-formed XML. No entity beyond XML's five is expanded.
[[nodiscard]] Result<Json> parseXml(std::string_view);

/// The same shape back to text, with the XML declaration.
[[nodiscard]] std::string writeXml(const Json& tree);

/// <methodCall>: strings, numbers, booleans, arrays and objects become the XML-RPC types of the same meaning.
[[nodiscard]] std::string writeXmlRpc(std::string_view method, const Json& params);

/// The first parameter of a <methodResponse>; a fault as {"faultCode": …, "faultString": …}.
[[nodiscard]] Result<Json> parseXmlRpc(std::string_view);

}  // namespace sidecert::dns::providers
