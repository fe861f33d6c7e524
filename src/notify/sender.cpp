#include "notify/sender.h"

#include <fmt/format.h>

#include "base/printed.h"
#include "base/text.h"
#include "notify/message_services.h"
#include "notify/smtp.h"

namespace sidecert::notify {
namespace {

constexpr Duration kMailLimit{30'000};

/// What a server or a certificate wrote may be part of it; no mail reader or chat should have to stand it.
Message printed(const Message& message) {
  Message clean = message;
  clean.title = printable(message.title);
  clean.text = printableLines(message.text);
  clean.certificate = printable(message.certificate);
  clean.nas = printable(message.nas);
  return clean;
}

}  // namespace

Result<> NetworkSender::send(const Address& address, const Message& told, const Effort& effort) {
  const Message message = printed(told);
  if (address.service == Service::Mail)
    return sendMail(address, message, trust_files_, http_.names(), effort.upTo(kMailLimit));
  for (std::size_t i = 0; i < requestsFor(address); ++i) {
    const auto response = http_.send(requestFor(address, message, i), effort);
    if (!response) {
      const Error& error = response.error();
      return fail(error.code, fmt::format("{}: {}", address.title, redacted(address, error.what)),
                  redacted(address, error.hint));
    }
    if (auto taken = judge(address, *response, clock_.now()); !taken) return taken;
  }
  return {};
}

}  // namespace sidecert::notify
