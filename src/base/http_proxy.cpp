#include "base/http_proxy.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace sidecert {

Result<std::optional<Proxy>> parseProxy(std::string_view text, std::string_view variable) {
  const auto wrong = [&] {
    return fail(ErrorCode::Settings, fmt::format("{} is no address of a proxy", variable),
                "write it as http://host:port or http://user:password@host:port");
  };
  text = trim(text);
  if (text.empty()) return std::nullopt;
  std::string login;
  const auto scheme_end = text.find("://");
  const std::string scheme = scheme_end == std::string_view::npos ? "http" : lower(text.substr(0, scheme_end));
  if (scheme_end != std::string_view::npos) text.remove_prefix(scheme_end + 3);
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto decoded = percentDecode(text.substr(0, at));
    if (!decoded) return wrong();
    login = *decoded;
    text.remove_prefix(at + 1);
  }
  const auto url = parseUrl("http://" + std::string(text));
  if (scheme != "http" || !url || url->target != "/") return wrong();
  return Proxy{.host = url->host, .port = url->port, .authorization = login.empty() ? "" : "Basic " + base64(login)};
}

bool goesDirect(std::string_view host, std::string_view no_proxy) {
  if (host == "localhost" || host == "::1" || host.starts_with("127.")) return true;
  const auto entries = splitList(no_proxy, ", ");
  return std::ranges::any_of(entries, [&](const auto& entry) {
    if (entry == "*") return true;
    std::string domain = lower(entry);
    if (domain.starts_with("*.")) domain.erase(0, 1);
    if (domain.starts_with('.')) return host.ends_with(domain) || host == std::string_view(domain).substr(1);
    return host == domain || host.ends_with("." + domain);
  });
}

}  // namespace sidecert
