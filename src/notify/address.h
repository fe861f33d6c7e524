// Where messages go: one entry of NOTIFY_URLS, read. The spellings are Apprise's where it has one, and shoutrrr's where they
// do not contradict. Source: the pages of both projects; docs/notifications.md lists what is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace sidecert::notify {

enum class Service { Webhook, Ntfy, Mail, Telegram, Discord, Slack, Gotify, Pushover };

/// How a mail server is spoken to.
enum class MailSecurity {
  Tls,            // TLS from the first octet (port 465)
  StartTls,       // STARTTLS or nothing
  Opportunistic,  // STARTTLS where it is offered; a password is not sent without it
  None,           // in the clear, the password too: the owner says so
};

struct Address {
  Service service = Service::Webhook;
  std::string title;   // for the log: service and host, nothing that opens anything
  std::string origin;  // "https://ntfy.example:8443/prefix", without a slash at the end
  std::string user;
  Secret password;
  Secret token;                 // of a bot, an application or a webhook; for a webhook the path and query
  std::vector<std::string> to;  // topic, chats, channel, device, recipients

  // Mail only.
  std::string mail_host;
  std::uint16_t mail_port = 0;
  MailSecurity mail_security = MailSecurity::Opportunistic;
  std::string mail_from;

  /// What must not be seen, for redaction.
  [[nodiscard]] std::vector<std::string> secrets() const;
};

/// @returns Settings saying what is missing; the text never shows more of the URL than its scheme and host.
[[nodiscard]] Result<Address> parseAddress(std::string_view url);

/// Those who are sent to on their own (chats, topics, mail recipients), each as an address for itself: one that is dead then
/// keeps nothing from the others. An address without such is the only one.
[[nodiscard]] std::vector<Address> recipientsOf(const Address&);

}  // namespace sidecert::notify
