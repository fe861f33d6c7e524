#include "dns/public_view.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "dns/doh.h"
#include "dns/name.h"
#include "dns/public_suffix.h"
#include "dns/zone.h"

namespace sidecert::dns {
namespace {

constexpr Duration kServiceLimit{4000};
constexpr std::size_t kMostPublicHosts = 8;  // two questions each

// Services are asked one after the other; one that failed is not asked again.
class Services {
 public:
  Services(Resolver& resolver, HttpTransport& http, const Effort& effort)
      : urls_(resolver.httpsServices()), http_(http), effort_(effort) {}

  Result<Response> ask(const std::string& name, RecordType type) {
    while (current_ < urls_.size() && !effort_.stopped()) {
      auto answer = askOverHttps(http_, urls_[current_], name, type, effort_.upTo(kServiceLimit));
      if (answer && (answer->code == ResponseCode::NoError || answer->code == ResponseCode::NxDomain)) return answer;
      failures_.push_back(answer ? fmt::format("{} answered {}", urls_[current_], toString(answer->code))
                                 : answer.error().what);
      ++current_;
    }
    return fail(effort_.stopped() ? ErrorCode::Stopped : ErrorCode::Unreachable,
                "no DNS over HTTPS service can be asked: " + join(failures_, "; "));
  }
  [[nodiscard]] std::string current() const { return current_ < urls_.size() ? urls_[current_] : std::string(); }

 private:
  std::vector<std::string> urls_;
  HttpTransport& http_;
  const Effort& effort_;
  std::size_t current_ = 0;
  std::vector<std::string> failures_;
};

struct Range {
  const char* network;
  unsigned bits;
};
constexpr std::array<Range, 5> kPrivate4{
    {{"10.0.0.0", 8}, {"172.16.0.0", 12}, {"192.168.0.0", 16}, {"100.64.0.0", 10}, {"169.254.0.0", 16}}};

}  // namespace

std::string PublicView::hosts() const {
  std::vector<std::string> names;
  for (const NameServer& server : servers) {
    if (!std::ranges::contains(names, server.host)) names.push_back(server.host);
  }
  return join(names, ", ");
}

Result<PublicView> publicViewOf(Resolver& resolver, HttpTransport& http, const std::string& name, const Effort& effort) {
  Services services(resolver, http, effort);
  PublicView view;
  const std::string above = whereToBegin(name);
  for (std::string at = isPublicSuffix(above) ? name : above; view.zone.empty() && !isPublicSuffix(at); at = parentOf(at)) {
    const auto answer = services.ask(at, RecordType::Soa);
    if (!answer) return std::unexpected(answer.error());
    view.zone = zoneShown(*answer, at).value_or("");
  }
  view.service = services.current();
  if (view.zone.empty() || isPublicSuffix(view.zone)) return PublicView{.zone = {}, .servers = {}, .service = view.service};
  const auto answer = services.ask(view.zone, RecordType::Ns);
  if (!answer) return std::unexpected(answer.error());
  auto hosts = dataOf(answer->answers, RecordType::Ns, view.zone);
  hosts.resize(std::min(hosts.size(), kMostPublicHosts));
  for (const std::string& host : hosts) {
    for (const RecordType type : {RecordType::A, RecordType::Aaaa}) {
      const auto addresses = services.ask(host, type);
      if (!addresses) return std::unexpected(addresses.error());
      for (const Record& record : addresses->answers) {
        if (record.type == type) view.servers.push_back({.host = host, .server = {.address = record.data}});
      }
    }
  }
  return view;
}

bool isOwnAddress(const std::string& address) {
  return address == "::1" || address.starts_with("127.");
}

bool isPrivateAddress(const std::string& address) {
  std::array<std::uint8_t, 16> six{};
  if (::inet_pton(AF_INET6, address.c_str(), six.data()) == 1)
    return (six[0] & 0xFEU) == 0xFCU || (six[0] == 0xFEU && (six[1] & 0xC0U) == 0x80U);
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) != 1) return false;
  return std::ranges::any_of(kPrivate4, [&](const Range& range) {
    in_addr network{};
    ::inet_pton(AF_INET, range.network, &network);
    const unsigned shift = 32 - range.bits;
    return ntohl(four.s_addr) >> shift == ntohl(network.s_addr) >> shift;
  });
}

bool allPrivate(const std::vector<NameServer>& servers) {
  return !servers.empty() &&
         std::ranges::all_of(servers, [](const NameServer& each) { return isPrivateAddress(each.server.address); });
}

}  // namespace sidecert::dns
