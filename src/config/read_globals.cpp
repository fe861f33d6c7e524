#include "config/read_globals.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/http/http.h"
#include "base/text.h"
#include "config/reader.h"

namespace sidecert::config {
namespace {

using namespace variables;

constexpr Words<RenewalDriver, 2> kDrivers{{{"restart", RenewalDriver::Restart}, {"resident", RenewalDriver::Resident}}};
constexpr Words<LogLevel, 4> kLevels{
    {{"debug", LogLevel::Debug}, {"info", LogLevel::Info}, {"warning", LogLevel::Warning}, {"error", LogLevel::Error}}};
constexpr Words<LogFormat, 2> kFormats{{{"text", LogFormat::Text}, {"json", LogFormat::Json}}};

/// Separated by blanks, line ends or commas; a comma inside a URL is written %2C.
void readNotifyUrls(Reader& reader, const Vocabulary& vocabulary, Settings& settings) {
  int number = 0;
  const Secret typed = reader.secret(kNotifyUrls);
  for (const std::string& url : splitList(typed.reveal(), ", \n\r\t")) {
    ++number;
    const auto known = vocabulary.check_notify_url ? vocabulary.check_notify_url(url) : Result<>();
    if (!known) {
      reader.fault(kNotifyUrls, fmt::format("address {}: {}; {}", number, known.error().what, known.error().hint));
    } else {
      settings.notify_urls.emplace_back(url);
    }
  }
}

void readHeartbeatUrl(Reader& reader, Settings& settings) {
  settings.heartbeat_url = Secret(std::string(trim(reader.secret(kHeartbeatUrl).reveal())));
  if (!settings.heartbeat_url.empty() && !parseUrl(settings.heartbeat_url.reveal()))
    reader.fault(kHeartbeatUrl, "is no URL, such as https://hc-ping.com/your-check");
}

/// A port, :port, host:port or [host]:port.
void readStatusListen(Reader& reader, Settings& settings) {
  const std::string typed = reader.text(kStatusListen);
  if (typed.empty()) return;
  const std::size_t port_at = typed.rfind(':') + 1;  // 0 when there is no colon
  const std::string host = typed.substr(0, port_at == 0 ? 0 : port_at - 1);
  const auto port = parseNumber(typed.substr(port_at));
  const std::string origin = "http://" + (host.empty() ? "localhost" : lower(host));
  const auto url = parseUrl(origin);
  if (!port || *port == 0 || *port > 65535 || !url || url->origin() != origin) {
    reader.fault(kStatusListen,
                 fmt::format("'{}' is no address to listen at, such as 127.0.0.1:8090 or 8090", excerpt(typed, 60)));
    return;
  }
  settings.status_listen = {.host = host.empty() ? "" : url->host, .port = static_cast<std::uint16_t>(*port)};
}

void readStatusHosts(Reader& reader, Settings& settings) {
  for (const std::string& typed : splitList(lower(reader.text(kStatusHost)), ", ")) {
    const auto url = parseUrl("http://" + typed);
    if (url && url->origin() == "http://" + typed) {
      settings.status_hosts.push_back(url->host);
    } else {
      reader.fault(kStatusHost, fmt::format("'{}' is no host name, such as status.example.net", excerpt(typed, 60)));
    }
  }
}

}  // namespace

void readGlobals(Environment& environment, const Vocabulary& vocabulary, Settings& settings) {
  Reader reader(environment, {}, "");
  settings.data = reader.textOrFallback(variables::kData);
  if (!settings.data.is_absolute())
    reader.fault(variables::kData, fmt::format("'{}' is no absolute path", settings.data.string()));
  settings.ephemeral = reader.flag(variables::kEphemeral);
  settings.driver = reader.choice(variables::kRenewalDriver, kDrivers);
  settings.log_level = reader.choice(variables::kLogLevel, kLevels);
  settings.log_format = reader.choice(variables::kLogFormat, kFormats);
  readStatusListen(reader, settings);
  readStatusHosts(reader, settings);
  readNotifyUrls(reader, vocabulary, settings);
  readHeartbeatUrl(reader, settings);
  settings.dns_resolvers = reader.list(variables::kDnsResolvers);
  settings.trust_files = reader.list(variables::kSslCertFile);
  settings.https_proxy = reader.secret(variables::kHttpsProxy);
  settings.http_proxy = reader.secret(variables::kHttpProxy);
  settings.all_proxy = reader.secret(variables::kAllProxy);
  settings.no_proxy = reader.text(variables::kNoProxy);
}

}  // namespace sidecert::config
