#include "dsm/certificates.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sidecert::dsm {

namespace {

bool isAddress(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  return inet_pton(AF_INET, text.c_str(), octets.data()) == 1 || inet_pton(AF_INET6, text.c_str(), octets.data()) == 1;
}

std::vector<std::string> normal(std::vector<std::string> names) {
  for (auto& name : names) name = lower(name);
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

ListedService readService(const Json& object) {
  const Json& settable = memberOf(object, "user_setable");
  return {.display_name = textOf(object, "display_name"),
          .translation_key = textOf(object, "display_name_i18n"),
          .subscriber = textOf(object, "subscriber"),
          .service = textOf(object, "service"),
          .settable = !settable.is_boolean() || settable.get<bool>(),
          .verbatim = object.dump()};
}

Entry readEntry(const Json& object) {
  const Json& subject = memberOf(object, "subject");
  Entry entry{.id = textOf(object, "id"),
              .description = textOf(object, "desc"),
              .common_name = textOf(subject, "common_name"),
              .issuer = textOf(memberOf(object, "issuer"), "common_name"),
              .names = std::nullopt,
              .valid_from = parseListedTime(textOf(object, "valid_from")),
              .valid_till = parseListedTime(textOf(object, "valid_till")),
              .is_default = flagOf(object, "is_default"),
              .is_broken = flagOf(object, "is_broken"),
              .renewable = flagOf(object, "renewable"),
              .built_in = memberOf(object, "self_signed_cacrt_info").is_object(),
              .services = {}};
  if (const Json& names = memberOf(subject, "sub_alt_name"); names.is_string()) {
    entry.names = normal(splitList(names.get<std::string>(), ", "));
  } else if (names.is_array()) {
    std::vector<std::string> texts;
    for (const auto& name : names) {
      if (name.is_string() && !isAddress(name.get<std::string>())) texts.push_back(name.get<std::string>());
    }
    entry.names = normal(std::move(texts));
  }
  if (const Json& services = memberOf(object, "services"); services.is_array()) {
    for (const auto& service : services) {
      if (service.is_object()) entry.services.push_back(readService(service));
    }
  }
  return entry;
}

}  // namespace

Result<std::vector<Entry>> readList(const Json& data) {
  const Json& list = memberOf(data, "certificates");
  if (!list.is_array()) return fail(ErrorCode::BadAnswer, "DSM's answer holds no list of certificates");
  std::vector<Entry> entries;
  for (const auto& object : list) {
    Entry entry = readEntry(object);
    if (!entry.id.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

std::optional<TimePoint> parseListedTime(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto words = splitList(text, " ");
  if (words.size() != 5 || words[4] != "GMT") return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, words[0]);
  const auto day = parseNumber(words[1]);
  const auto year = parseNumber(words[3]);
  const auto time = splitList(words[2], ":");
  if (month == kMonths.end() || !day || !year || time.size() != 3 || *day > 31 || *year > 9999) return std::nullopt;
  const auto hour = parseNumber(time[0]);
  const auto minute = parseNumber(time[1]);
  const auto second = parseNumber(time[2]);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

bool hasNames(const Entry& entry, std::vector<std::string> names) {
  return entry.names && *entry.names == normal(std::move(names));
}

const Entry* findById(const std::vector<Entry>& entries, const std::string& id) {
  const auto found = std::ranges::find(entries, id, &Entry::id);
  return id.empty() || found == entries.end() ? nullptr : &*found;
}

bool shows(const Entry& entry, const crypto::Certificate& certificate) {
  if (!entry.valid_till || *entry.valid_till != certificate.notAfter()) return false;
  if (entry.valid_from && *entry.valid_from != certificate.notBefore()) return false;
  return entry.names ? hasNames(entry, certificate.dnsNames()) : certificate.covers(entry.common_name);
}

bool servesDsm(const Entry& entry) {
  return std::ranges::any_of(entry.services,
                             [](const ListedService& s) { return s.subscriber == "system" && s.service == "default"; });
}

std::string describe(const Entry& entry) {
  // CAs leave the common name out more and more.
  const std::string names = !entry.common_name.empty() ? entry.common_name
                            : entry.names              ? join(*entry.names, " and ")
                                                       : std::string("unknown names");
  return fmt::format("\"{}\" (id {}, for {}, valid until {}{}{}{})", excerpt(entry.description, 60), excerpt(entry.id, 20),
                     excerpt(names, 80), entry.valid_till ? toWords(*entry.valid_till) : "unknown",
                     entry.is_default ? ", default" : "", entry.renewable ? ", renewed by DSM itself" : "",
                     entry.built_in ? ", made by the NAS itself" : "");
}

}  // namespace sidecert::dsm
