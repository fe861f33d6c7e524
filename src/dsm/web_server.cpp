#include "dsm/web_server.h"

#include "base/text.h"

namespace sidecert::dsm {

namespace {

constexpr int kProxyHttps = 1;  // "protocol" of a rule's frontend; 0 is http

std::optional<std::uint16_t> portOf(const Json& object, const char* member) {
  const Json& port = memberOf(object, member);
  if (!port.is_number_integer()) return std::nullopt;
  const auto number = port.get<std::int64_t>();
  return number > 0 && number <= UINT16_MAX ? std::optional(static_cast<std::uint16_t>(number)) : std::nullopt;
}

}  // namespace

WebServer readWebServer(const config::NasSettings& settings, const Json& pages, const Json& rules,
                        std::optional<std::uint16_t> connected) {
  WebServer web;
  web.https_port = settings.https_port ? settings.https_port : connected ? connected : portOf(pages, "https_port");
  if (const Json& https = memberOf(pages, "enable_https"); https.is_boolean() && !settings.https_port && !connected)
    web.https = https.get<bool>();
  if (const Json& entries = memberOf(rules, "entries"); entries.is_array()) {
    for (const auto& rule : entries) {
      const Json& frontend = memberOf(rule, "frontend");
      const Json& protocol = memberOf(frontend, "protocol");
      const auto port = portOf(frontend, "port");
      if (port && protocol.is_number_integer() && protocol.get<std::int64_t>() == kProxyHttps)
        web.proxied.insert_or_assign(lower(textOf(frontend, "fqdn")), *port);
    }
  }
  return web;
}

}  // namespace sidecert::dsm
