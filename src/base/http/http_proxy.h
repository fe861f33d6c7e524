// Which proxy a URL goes through: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, read as curl and Go read them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/http.h"

namespace sidecert {

struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // value of Proxy-Authorization; empty: none. A secret.
  std::string variable;       // where it was read from

  /// "the proxy proxy.lan:3128 (HTTPS_PROXY)": for sentences.
  [[nodiscard]] std::string text() const;
};

/// "[http://][user:password@]host:port". @returns nothing for an empty text, Settings naming `variable` for a wrong one.
[[nodiscard]] Result<std::optional<Proxy>> parseProxy(std::string_view text, std::string_view variable);

/// NO_PROXY: hosts, addresses, networks ("10.0.0.0/8"), ".domain" or "domain" for everything below it, each with or without
/// ":port"; "*" means all. Networks hold addresses that stand in a URL; no name is looked up for them.
class NoProxy {
 public:
  /// @returns Settings naming the entry that is none of these.
  [[nodiscard]] static Result<NoProxy> parse(std::string_view list);

  /// Whether this host is reached without a proxy. This machine itself always is.
  [[nodiscard]] bool covers(std::string_view host, std::uint16_t port) const;

 private:
  using Address = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Entry {
    std::string domain;  // without a leading dot; empty: the network counts
    Address network{};
    unsigned prefix = 0;                // bits
    std::optional<std::uint16_t> port;  // nothing: every port
  };

  [[nodiscard]] static std::optional<Address> parseAddress(std::string_view);
  [[nodiscard]] static std::optional<Entry> parseEntry(std::string_view);

  bool everything_ = false;
  std::vector<Entry> entries_;
};

}  // namespace sidecert
