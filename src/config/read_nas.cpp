#include "config/read_nas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "base/encoding.h"
#include "base/text.h"
#include "config/time_zone.h"

namespace sidecert::config {
namespace {

using namespace variables;

std::string withoutSeparators(std::string_view fingerprint) {
  std::string plain;
  for (const char c : lower(fingerprint)) {
    if (c != ':' && c != ' ') plain += c;
  }
  return plain;
}

void readWhere(Reader& reader, NasSettings& nas) {
  nas.scheme = lower(reader.textOrFallback(kSynoScheme));
  if (nas.scheme != "http" && nas.scheme != "https")
    reader.fault(kSynoScheme, fmt::format("'{}' is neither http nor https", excerpt(nas.scheme, 40)));
  nas.host = lower(reader.textOrFallback(kSynoHostname));
  if (nas.host.find('/') != std::string::npos)
    reader.fault(kSynoHostname, fmt::format("'{}' must be a host name or address alone; scheme and port have variables of "
                                            "their own, SYNO_SCHEME and SYNO_PORT",
                                            excerpt(nas.host, 80)));
  nas.port = static_cast<std::uint16_t>(
      reader.number(kSynoPort, 1, 65535).value_or(nas.scheme == "https" ? kDsmHttpsPort : kDsmHttpPort));
  if (const auto port = reader.number(kSynoHttpsPort, 1, 65535)) nas.https_port = static_cast<std::uint16_t>(*port);
  nas.tls_fingerprint = withoutSeparators(reader.text(kSynoTlsFingerprint));
  if (!nas.tls_fingerprint.empty() && (nas.tls_fingerprint.size() != 64 || !fromHex(nas.tls_fingerprint)))
    reader.fault(kSynoTlsFingerprint, "is not a SHA-256 fingerprint (64 hexadecimal digits, colons allowed)");
  nas.insecure = reader.flag(kSynoInsecure);
  nas.local_hostname = reader.flag(kSynoLocalHostname);
}

void readLogin(Reader& reader, NasSettings& nas) {
  nas.username = reader.text(kSynoUsername);
  nas.password = reader.secret(kSynoPassword);
  nas.use_temp_admin = reader.flag(kSynoUseTempAdmin);
  if (nas.use_temp_admin && nas.username.empty() && nas.password.empty()) return;
  if (nas.username.empty()) reader.fault(kSynoUsername, "is not set; name a DSM account in the group administrators");
  if (nas.password.empty())
    reader.fault(kSynoPassword, "is not set; give the account's password, or the file that holds it as SYNO_PASSWORD_FILE");
  nas.device_name = reader.textOrFallback(kSynoDeviceName);
  nas.device_id = reader.secret(kSynoDeviceId);
  nas.otp_code = reader.secret(kSynoOtpCode);
  nas.totp_secret = reader.secret(kSynoTotpSecret);
  if (!nas.totp_secret.empty() && !fromBase32(nas.totp_secret.reveal()))
    reader.fault(kSynoTotpSecret,
                 "is not base32 (letters A to Z and digits 2 to 7); copy the secret key DSM shows at enrolment");
}

std::optional<std::chrono::minutes> minuteOfDay(std::string_view text) {
  const auto parts = splitList(text, ":");
  if (parts.size() != 2 || parts[0].size() > 2 || parts[1].size() != 2) return std::nullopt;
  const auto hour = parseNumber(parts[0]);
  const auto minute = parseNumber(parts[1]);
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const std::chrono::minutes at = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  return at <= std::chrono::hours(24) ? std::optional(at) : std::nullopt;
}

/// Without TZ: what /etc/localtime says, where it is mounted.
std::optional<std::chrono::seconds> systemOffset() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return std::chrono::seconds(local.tm_gmtoff);
}

void readWindow(Reader& reader, NasSettings& nas) {
  const std::string typed = reader.text(kSynoDeployWindow);
  if (typed.empty()) return;
  const auto ends = splitList(typed, "- ");
  const auto begin = ends.size() == 2 ? minuteOfDay(ends[0]) : std::nullopt;
  const auto end = ends.size() == 2 ? minuteOfDay(ends[1]) : std::nullopt;
  if (!begin || !end || *begin == *end) {
    reader.fault(kSynoDeployWindow, fmt::format("'{}' is no span of the day such as 02:00-05:00", excerpt(typed, 40)));
    return;
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string zone = reader.text(kTimeZone);
  const auto offset = zone.empty() ? systemOffset() : utcOffset(zone, now);
  if (!offset)
    reader.note(
        fmt::format("TZ='{}' is neither the name of a time zone, such as Europe/Berlin, nor a rule, such as "
                    "CET-1CEST,M3.5.0,M10.5.0/3: SYNO_DEPLOY_WINDOW counts in UTC",
                    excerpt(zone, 40)));
  nas.deploy_window = {.begin = *begin,
                       .end = *end,
                       .utc_offset = std::chrono::floor<std::chrono::minutes>(offset.value_or(std::chrono::seconds(0)))};
}

/// Words in small letters; names of services as they were typed.
std::vector<std::string> readServices(Reader& reader) {
  static constexpr std::array<std::string_view, 5> kWords{"keep", "inherit", "default", "covered", "all"};
  auto services = splitList(reader.text(kSynoServices));
  for (std::string& service : services) {
    if (std::ranges::contains(kWords, lower(service))) service = lower(service);
  }
  return services;
}

}  // namespace

NasSettings readNas(Reader& reader, const std::string& label) {
  NasSettings nas;
  nas.label = label;
  readWhere(reader, nas);
  readLogin(reader, nas);
  readWindow(reader, nas);
  nas.certificate = reader.optionalText(kSynoCertificate);
  nas.create = reader.flag(kSynoCreate);
  nas.as_default = reader.flag(kSynoAsDefault);
  nas.services = readServices(reader);
  return nas;
}

}  // namespace sidecert::config
