#include "notify/message_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/text.h"

namespace sidecert::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kWebhookSchema = 1;
constexpr std::size_t kNtfyLimit = 4000;      // larger ones become an attachment (4096)
constexpr std::size_t kTelegramLimit = 4000;  // 4096 characters
constexpr std::size_t kDiscordLimit = 1900;   // 2000 characters
constexpr std::size_t kPushoverTitle = 250;
constexpr std::size_t kPushoverLimit = 1024;
constexpr Duration kConnectLimit{10'000};
constexpr Duration kTotalLimit{20'000};

std::string dump(const Json& body) {
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class T>
T bySeverity(Severity severity, T good, T warning, T alarm) {
  switch (severity) {
    case Severity::Good: return good;
    case Severity::Warning: return warning;
    case Severity::Alarm: return alarm;
  }
  return alarm;
}

std::string together(const Message& message) {
  return message.title + "\n" + message.text;
}

void basicLogin(HttpRequest& request, const Address& address) {
  if (address.user.empty() && address.password.empty()) return;
  request.headers.set("Authorization", "Basic " + base64(address.user + ":" + address.password.reveal()));
}

HttpRequest ntfyRequest(HttpRequest request, const Address& address, const Message& message, std::size_t topic) {
  request.url = address.origin + "/";
  request.body = dump({{"topic", address.to[topic]},
                       {"title", message.title},
                       {"message", shortened(message.text, kNtfyLimit)},
                       {"priority", bySeverity(message.severity, 3, 4, 5)},
                       {"tags", {bySeverity(message.severity, "white_check_mark", "warning", "rotating_light")}}});
  if (!address.token.empty()) {
    request.headers.set("Authorization", "Bearer " + address.token.reveal());
  } else {
    basicLogin(request, address);
  }
  return request;
}

HttpRequest telegramRequest(HttpRequest request, const Address& address, const Message& message, std::size_t chat) {
  request.url = fmt::format("{}/bot{}/sendMessage", address.origin, address.token.reveal());
  const std::string& to = address.to[chat];
  const std::size_t colon = to.find(':');  // "chat:topic" of a forum
  Json body{{"chat_id", to.substr(0, colon)},
            {"text", shortened(together(message), kTelegramLimit)},
            {"link_preview_options", {{"is_disabled", true}}}};
  const auto thread = colon == std::string::npos ? std::nullopt : parseNumber(to.substr(colon + 1));
  if (thread) body["message_thread_id"] = *thread;
  request.body = dump(body);
  return request;
}

HttpRequest pushoverRequest(HttpRequest request, const Address& address, const Message& message) {
  request.url = address.origin + "/1/messages.json";
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = fmt::format("token={}&user={}&title={}&message={}&priority={}", formEncode(address.token.reveal()),
                             formEncode(address.user), formEncode(shortened(message.title, kPushoverTitle)),
                             formEncode(shortened(message.text, kPushoverLimit)), bySeverity(message.severity, 0, 0, 1));
  if (!address.to.empty()) request.body += "&device=" + formEncode(join(address.to, ","));
  return request;
}

}  // namespace

std::string redacted(const Address& address, std::string text) {
  for (const std::string& secret : address.secrets()) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret))
      text.replace(at, secret.size(), "…");
  }
  return text;
}

std::string webhookBody(const Message& message) {
  return dump({{"schema", kWebhookSchema},
               {"source", "sidecert"},
               {"event", message.event},
               {"severity", toString(message.severity)},
               {"title", message.title},
               {"message", message.text},
               {"certificate", message.certificate},
               {"nas", message.nas},
               {"time", toIso(message.time)}});
}

std::size_t requestsFor(const Address& address) {
  const bool each = address.service == Service::Telegram || address.service == Service::Ntfy;
  return each ? address.to.size() : 1;
}

HttpRequest requestFor(const Address& address, const Message& message, std::size_t chat) {
  HttpRequest request;
  request.method = "POST";
  request.connect_limit = kConnectLimit;
  request.silence_limit = request.total_limit = kTotalLimit;
  request.secret_path = true;
  request.headers.set("Content-Type", "application/json");
  switch (address.service) {
    case Service::Webhook:
      request.url = address.origin + address.token.reveal();
      request.body = webhookBody(message);
      basicLogin(request, address);
      return request;
    case Service::Ntfy: return ntfyRequest(std::move(request), address, message, chat);
    case Service::Telegram: return telegramRequest(std::move(request), address, message, chat);
    case Service::Discord:
      request.url = address.origin + "/" + address.token.reveal();
      // Without this a name such as @everyone in an error text would ring for everyone.
      request.body = dump({{"content", shortened(fmt::format("**{}**\n{}", message.title, message.text), kDiscordLimit)},
                           {"allowed_mentions", {{"parse", Json::array()}}}});
      return request;
    case Service::Slack: {
      request.url = address.origin + "/" + address.token.reveal();
      Json body{{"text", escapeMarkup(together(message))}};
      if (!address.to.empty()) body["channel"] = address.to.front();
      request.body = dump(body);
      return request;
    }
    case Service::Gotify:
      request.url = address.origin + "/message";
      request.headers.set("X-Gotify-Key", address.token.reveal());
      request.body =
          dump({{"title", message.title}, {"message", message.text}, {"priority", bySeverity(message.severity, 2, 5, 8)}});
      return request;
    case Service::Pushover: return pushoverRequest(std::move(request), address, message);
    case Service::Mail: break;
  }
  return request;
}

Result<> judge(const Address& address, const HttpResponse& response, TimePoint now) {
  const int status = response.status;
  if (status >= 200 && status < 300) return {};
  const std::string what = fmt::format("{} answers with status {}: {}", address.title, status,
                                       redacted(address, excerpt(trim(response.body), 160)));
  if (status == 429 || status == 503) {
    const auto after = response.headers.first("Retry-After");
    return std::unexpected(Error{.code = ErrorCode::RateLimited,
                                 .what = what,
                                 .hint = {},
                                 .retry_after = after ? parseRetryAfter(*after, now) : std::nullopt});
  }
  if (status == 401 || status == 403 || status == 404)
    return fail(ErrorCode::Settings, what, "check the token, topic or path of this address in NOTIFY_URLS");
  if (status >= 300 && status < 400)
    return fail(ErrorCode::Settings, what, "the address leads elsewhere: write the final one into NOTIFY_URLS (https?)");
  if (status >= 500) return fail(ErrorCode::BadAnswer, what);
  return fail(ErrorCode::Refused, what, "check this address in NOTIFY_URLS");
}

}  // namespace sidecert::notify
