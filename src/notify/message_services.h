// What each service wants to be sent, and what its answer means. Pure.
// Sources: docs.ntfy.sh/publish (JSON), core.telegram.org/bots/api#sendmessage,
// discord.com/developers/docs/resources/webhook (execute webhook), docs.slack.dev (incoming webhooks), gotify.net/api-docs
// (createMessage), pushover.net/api.
#pragma once

#include "base/http/http.h"
#include "base/result.h"
#include "notify/address.h"
#include "notify/message.h"

namespace sidecert::notify {

/// The request that sends `message`, for every service but mail. @param chat  index into Address::to, where each is sent to
/// on its own (Telegram, ntfy); otherwise 0
[[nodiscard]] HttpRequest requestFor(const Address&, const Message&, std::size_t chat);

/// How many requests one message takes.
[[nodiscard]] std::size_t requestsFor(const Address&);

/// @returns Settings when NOTIFY_URLS has to be mended, RateLimited, or Refused; the text never shows a token.
[[nodiscard]] Result<> judge(const Address&, const HttpResponse&, TimePoint now);

/// The text without anything that opens the address.
[[nodiscard]] std::string redacted(const Address&, std::string text);

/// The body of the JSON webhook, documented in docs/notifications.md.
[[nodiscard]] std::string webhookBody(const Message&);

}  // namespace sidecert::notify
