#include "notify/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/encoding.h"
#include "base/text.h"
#include "notify/address_parts.h"

namespace sidecert::notify {
namespace {

Result<Address> webhook(const AddressParts& parts, std::string_view scheme) {
  if (parts.host.empty()) return lacks(parts, "a host", "jsons://host/path");
  return Address{
      .service = Service::Webhook,
      .title = "webhook at " + parts.host,
      .origin = originOf(scheme, parts),
      .user = parts.user.value_or(""),
      .password = Secret(parts.password.value_or("")),
      .token = Secret(parts.raw_tail.empty() || parts.raw_tail.front() != '/' ? "/" + parts.raw_tail : parts.raw_tail),
      .to = {},
      .mail_host = {},
      .mail_from = {}};
}

Result<Address> ntfy(const AddressParts& parts) {
  constexpr std::string_view kExample = "ntfy://topic for ntfy.sh, or ntfys://host/topic";
  Address address{.service = Service::Ntfy, .title = {}, .origin = {}, .to = parts.path, .mail_host = {}, .mail_from = {}};
  const bool cloud = parts.path.empty() || parts.host == "ntfy.sh";
  if (parts.path.empty()) address.to = {parts.authority};
  if (address.to.front().empty()) return lacks(parts, "a topic", kExample);
  address.origin = cloud ? "https://ntfy.sh"
                         : originOf(parts.scheme == "ntfys" || parts.get("scheme") == "https" ? "https" : "http", parts);
  address.title = fmt::format("ntfy at {}", cloud ? "ntfy.sh" : parts.host);
  const std::string user = parts.user.value_or("");
  const std::string password = parts.password.value_or("");
  if (!parts.get("token").empty()) {
    address.token = Secret(parts.get("token"));
  } else if (!user.empty() && password.empty()) {
    address.token = Secret(user);  // ntfys://tk_…@host/topic
  } else if (user.empty() && !password.empty()) {
    address.token = Secret(password);  // ntfy://:tk_…@host/topic
  } else {
    address.user = user;
    address.password = Secret(password);
  }
  return address;
}

/// Providers whose mail server is not their domain; a mail program would know them too.
std::string mailServerOf(const std::string& domain) {
  static const std::map<std::string, std::string, std::less<>> kServers{{"fastmail.com", "smtp.fastmail.com"},
                                                                        {"gmail.com", "smtp.gmail.com"},
                                                                        {"gmx.de", "mail.gmx.net"},
                                                                        {"gmx.net", "mail.gmx.net"},
                                                                        {"googlemail.com", "smtp.gmail.com"},
                                                                        {"icloud.com", "smtp.mail.me.com"},
                                                                        {"web.de", "smtp.web.de"},
                                                                        {"yahoo.com", "smtp.mail.yahoo.com"},
                                                                        {"zoho.com", "smtp.zoho.com"}};
  const auto found = kServers.find(domain);
  return found == kServers.end() ? domain : found->second;
}

/// An address that can go between < and > of an SMTP command.
bool isMailAddress(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         std::ranges::none_of(text, [](char c) { return c <= ' ' || c == '<' || c == '>' || c == 0x7f; });
}

Result<Address> mail(const AddressParts& parts) {
  constexpr std::string_view kExample = "smtps://user:password@mail.example/?from=nas@example.net&to=me@example.net";
  if (parts.host.empty()) return lacks(parts, "a mail server", kExample);
  const bool by_domain = parts.scheme.starts_with("mailto");
  const std::string mode = lower(parts.get("mode").empty() ? parts.get("encryption") : parts.get("mode"));
  Address address{.service = Service::Mail,
                  .title = {},
                  .origin = {},
                  .user = parts.user.value_or(""),
                  .password = Secret(parts.password.value_or("")),
                  .to = {},
                  .mail_host = by_domain ? mailServerOf(parts.host) : parts.host,
                  .mail_from = parts.get("from")};
  if (by_domain) {
    const std::string own = address.user.contains('@') ? address.user : fmt::format("{}@{}", address.user, parts.host);
    if (!parts.get("smtp").empty()) address.mail_host = lower(parts.get("smtp"));
    if (address.mail_from.empty() && !address.user.empty()) address.mail_from = own;
    if (!address.user.empty()) address.user = parts.get("user").empty() ? own : parts.get("user");
  }
  const std::string to = parts.get("to").empty() ? parts.get("toaddresses") : parts.get("to");
  address.to = splitList(to, ",");
  if (address.mail_from.empty()) address.mail_from = parts.get("fromaddress");
  if (by_domain && address.to.empty()) address.to = parts.path;
  if (address.to.empty() && !address.mail_from.empty()) address.to = {address.mail_from};
  if (address.mail_from.empty() && !address.to.empty()) address.mail_from = address.to.front();
  if (address.to.empty()) return lacks(parts, "a recipient", kExample);
  if (!isMailAddress(address.mail_from) || !std::ranges::all_of(address.to, isMailAddress))
    return fail(ErrorCode::Settings, fmt::format("an address in the {}:// address is no mail address", parts.scheme),
                fmt::format("write it as {}", kExample));
  if (parts.scheme == "smtps" || mode == "ssl" || mode == "implicittls") {
    address.mail_security = MailSecurity::Tls;
  } else if (parts.scheme == "mailtos" || mode == "starttls" || mode == "explicittls") {
    address.mail_security = MailSecurity::StartTls;
  } else if (mode == "insecure" || mode == "none") {
    address.mail_security = MailSecurity::None;
  }
  address.mail_port = parts.port.value_or(address.mail_security == MailSecurity::Tls ? 465 : 587);
  address.title = "mail by " + address.mail_host;
  return address;
}

Result<Address> telegram(const AddressParts& parts) {
  constexpr std::string_view kExample = "tgram://bot-token/chat-id";
  Address address{.service = Service::Telegram,
                  .title = "Telegram",
                  .origin = "https://api.telegram.org",
                  .to = parts.path,
                  .mail_host = {},
                  .mail_from = {}};
  std::string token = parts.authority;
  if (parts.user) {  // telegram://token@telegram?chats=…
    token = parts.password ? *parts.user + ":" + *parts.password : *parts.user;
    address.to = splitList(parts.get("chats").empty() ? parts.get("channels") : parts.get("chats"), ",");
  }
  if (token.starts_with("bot")) token = token.substr(3);
  if (!token.contains(':') || token.contains('/')) return lacks(parts, "the bot's token", kExample);
  if (address.to.empty()) return lacks(parts, "a chat", kExample);
  address.token = Secret(token);
  return address;
}

Result<Address> discord(const AddressParts& parts) {
  Address address{.service = Service::Discord,
                  .title = "Discord",
                  .origin = "https://discord.com/api/webhooks",
                  .to = {},
                  .mail_host = {},
                  .mail_from = {}};
  std::string id = parts.authority;
  std::string token = parts.path.empty() ? std::string() : parts.path.front();
  if (parts.user) token = *parts.user;  // discord://token@id
  if (parts.host == "discord.com" || parts.host == "discordapp.com") {
    id = parts.path.size() == 4 ? parts.path[2] : "";
    token = parts.path.size() == 4 ? parts.path[3] : "";
  }
  if (id.empty() || token.empty()) return lacks(parts, "the webhook's id or token", "discord://webhook-id/webhook-token");
  address.token = Secret(percentEncode(id) + "/" + percentEncode(token));
  return address;
}

Result<Address> slack(const AddressParts& parts) {
  constexpr std::string_view kExample = "slack://T…/B…/…, the three parts after /services/ of the webhook's URL";
  Address address{.service = Service::Slack,
                  .title = "Slack",
                  .origin = "https://hooks.slack.com/services",
                  .to = {},
                  .mail_host = {},
                  .mail_from = {}};
  std::vector<std::string> tokens;
  if (parts.host == "hooks.slack.com") {
    tokens.assign(parts.path.begin() + (parts.path.empty() ? 0 : 1), parts.path.end());
  } else if (parts.user == "hook" && parts.password) {  // slack://hook:T-B-X@webhook
    tokens = splitList(*parts.password, "-");
  } else {
    tokens = {parts.authority};
    tokens.insert(tokens.end(), parts.path.begin(), parts.path.end());
  }
  if (tokens.size() > 3) address.to = {tokens[3]};
  if (tokens.size() < 3) return lacks(parts, "a token", kExample);
  address.token =
      Secret(fmt::format("{}/{}/{}", percentEncode(tokens[0]), percentEncode(tokens[1]), percentEncode(tokens[2])));
  return address;
}

Result<Address> gotify(const AddressParts& parts) {
  if (parts.host.empty() || parts.path.empty()) return lacks(parts, "the application's token", "gotifys://host/token");
  Address address{.service = Service::Gotify,
                  .title = "Gotify at " + parts.host,
                  .origin = originOf(parts.scheme == "gotifys" ? "https" : "http", parts),
                  .token = Secret(parts.path.back()),
                  .to = {},
                  .mail_host = {},
                  .mail_from = {}};
  for (std::size_t i = 0; i + 1 < parts.path.size(); ++i) address.origin += "/" + percentEncode(parts.path[i]);
  return address;
}

Result<Address> pushover(const AddressParts& parts) {
  std::string user = parts.user.value_or("");
  std::string token = parts.authority;
  if (user == "shoutrrr" && parts.password) {  // pushover://shoutrrr:token@user
    user = parts.authority;
    token = *parts.password;
  }
  if (user.empty() || token.empty()) return lacks(parts, "the user key or the token", "pover://user-key@application-token");
  return Address{.service = Service::Pushover,
                 .title = "Pushover",
                 .origin = "https://api.pushover.net",
                 .user = user,
                 .token = Secret(token),
                 .to = parts.path,
                 .mail_host = {},
                 .mail_from = {}};
}

}  // namespace

std::vector<std::string> Address::secrets() const {
  std::vector<std::string> all;
  for (const std::string& secret : {password.reveal(), token.reveal()}) {
    if (secret.size() > 1) all.push_back(secret);
  }
  if (service == Service::Pushover) all.push_back(user);
  if (service == Service::Ntfy) all.insert(all.end(), to.begin(), to.end());  // a topic is a password (ntfy's own words)
  return all;
}

Result<Address> parseAddress(std::string_view url) {
  const auto parts = split(trim(url));
  if (!parts)
    return fail(ErrorCode::Settings, "an entry is no address",
                "an address looks like ntfys://host/topic; separate several with blanks or commas");
  const std::string& scheme = parts->scheme;
  if (scheme == "https" && parts->host == "hooks.slack.com") return slack(*parts);
  if (scheme == "https" && (parts->host == "discord.com" || parts->host == "discordapp.com")) return discord(*parts);
  if (scheme == "https" || scheme == "jsons" || scheme == "generic+https") return webhook(*parts, "https");
  if (scheme == "http" || scheme == "json" || scheme == "generic+http") return webhook(*parts, "http");
  if (scheme == "ntfy" || scheme == "ntfys") return ntfy(*parts);
  if (scheme == "smtp" || scheme == "smtps" || scheme == "mailto" || scheme == "mailtos") return mail(*parts);
  if (scheme == "tgram" || scheme == "telegram") return telegram(*parts);
  if (scheme == "discord") return discord(*parts);
  if (scheme == "slack") return slack(*parts);
  if (scheme == "gotify" || scheme == "gotifys") return gotify(*parts);
  if (scheme == "pover" || scheme == "pushover") return pushover(*parts);
  return fail(ErrorCode::Settings, fmt::format("there is no way to send to {}://", excerpt(scheme, 20)),
              "known are json(s), http(s), ntfy(s), smtp(s), mailto(s), tgram, discord, slack, gotify(s) and pover");
}

std::vector<Address> recipientsOf(const Address& address) {
  const bool apart =
      address.service == Service::Telegram || address.service == Service::Ntfy || address.service == Service::Mail;
  if (!apart || address.to.size() < 2) return {address};
  std::vector<Address> each;
  for (const std::string& to : address.to) {
    each.push_back(address);
    each.back().to = {to};
  }
  return each;
}

}  // namespace sidecert::notify
