// The URLs of NOTIFY_URLS in pieces, before anything is known of the service they lead to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sidecert::notify {

/// Any URL in pieces: scheme://user:password@host:port/path?query, percent-decoded piece by piece.
struct AddressParts {
  std::string scheme;
  std::string authority;  // raw, between user information and path; Telegram's token holds a colon
  std::optional<std::string> user, password;
  std::string host;
  std::optional<std::uint16_t> port;
  std::vector<std::string> path;
  std::string raw_tail;  // path and query as written
  std::map<std::string, std::string> query;

  [[nodiscard]] std::string get(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
};

/// @returns nothing when it is no URL.
[[nodiscard]] std::optional<AddressParts> split(std::string_view url);

/// "https://host:port" of those pieces.
[[nodiscard]] std::string originOf(std::string_view scheme, const AddressParts&);

/// Settings: the address lacks something, with an example of one that has it.
[[nodiscard]] std::unexpected<Error> lacks(const AddressParts&, std::string_view what, std::string_view example);

}  // namespace sidecert::notify
