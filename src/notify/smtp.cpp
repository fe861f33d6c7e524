#include "notify/smtp.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <span>

#include "base/encoding.h"
#include "base/tcp.h"
#include "base/text.h"
#include "base/tls.h"
#include "notify/message_services.h"

namespace sidecert::notify {
namespace {

constexpr std::size_t kLongestReply = 64U << 10U;  // all its lines together
constexpr std::size_t kEncodedLine = 76;

struct Reply {
  int code = 0;
  std::vector<std::string> lines;
  [[nodiscard]] bool positive() const { return code >= 200 && code < 400; }
  [[nodiscard]] std::string words() const { return fmt::format("{} {}", code, excerpt(join(lines, " "), 160)); }
};

/// Lines over a socket that may turn into TLS half-way, which a ByteStream cannot.
class Wire {
 public:
  Wire(Descriptor socket, Patience patience)
      : stream_(plainStream(Descriptor(::dup(socket.get())))), socket_(std::move(socket)), patience_(std::move(patience)) {}

  [[nodiscard]] bool encrypted() const { return encrypted_; }

  Result<> encrypt(const TlsClient& tls, const std::string& host) {
    // What came in before the handshake may have been put there by anybody (RFC 3207 section 4.2).
    buffer_.clear();
    auto stream = tls.handshake(std::move(socket_), host, host, TlsTrust{}, patience_);
    if (!stream) return std::unexpected(stream.error());
    stream_ = std::move(*stream);
    encrypted_ = true;
    return {};
  }

  Result<> write(std::string_view octets) {
    while (!octets.empty()) {
      const auto written = stream_->write(octets, patience_);
      if (!written) return lost(written.error());
      octets.remove_prefix(*written);
    }
    return {};
  }

  /// @param limit  octets
  Result<std::string> line(std::size_t limit) {
    while (true) {
      const std::size_t end = buffer_.find('\n');
      if (std::min(end, buffer_.size()) > limit) return fail(ErrorCode::BadAnswer, "the mail server's answer has no end");
      if (end != std::string::npos) {
        std::string text = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        if (text.ends_with('\r')) text.pop_back();
        return text;
      }
      std::array<char, 4096> octets{};
      const auto got = stream_->read(octets, patience_);
      if (!got) return lost(got.error());
      buffer_.append(octets.data(), *got);
    }
  }

 private:
  static std::unexpected<Error> lost(StreamEnd end) {
    if (end == StreamEnd::Stopped) return fail(ErrorCode::Stopped, "stopped while talking to the mail server");
    return fail(ErrorCode::Unreachable, "the mail server hung up or took too long");
  }

  std::unique_ptr<ByteStream> stream_;
  Descriptor socket_;
  Patience patience_;
  bool encrypted_ = false;
  std::string buffer_;
};

class Dialogue {
 public:
  Dialogue(const Address& address, Wire wire) : address_(address), wire_(std::move(wire)) {}

  Result<> run(const TlsClient& tls, std::string_view text) {
    if (address_.mail_security == MailSecurity::Tls) {
      if (auto done = wire_.encrypt(tls, address_.mail_host); !done) return done;
    }
    if (auto hello = expect(read(), "greeting", {}); !hello) return hello;
    if (auto known = greet(); !known) return known;
    if (auto secured = secure(tls); !secured) return secured;
    if (auto in = logIn(); !in) return in;
    if (auto sent = submit(text); !sent) return sent;
    [[maybe_unused]] const auto quit = wire_.write("QUIT\r\n");  // the message is theirs now, whatever comes of this
    return {};
  }

 private:
  Result<Reply> read() {
    Reply reply;
    for (std::size_t left = kLongestReply;;) {
      auto line = wire_.line(left);
      if (!line) return std::unexpected(line.error());
      left -= std::min(left, line->size() + 2);
      const auto code = parseNumber(std::string_view(*line).substr(0, 3));
      if (!code || line->size() < 3) return fail(ErrorCode::BadAnswer, "this is no mail server: " + excerpt(*line, 80));
      reply.code = static_cast<int>(*code);
      reply.lines.push_back(line->size() > 4 ? line->substr(4) : std::string());
      if (line->size() < 4 || (*line)[3] != '-') return reply;
    }
  }

  Result<Reply> command(std::string_view line) {
    if (auto sent = wire_.write(std::string(line) + "\r\n"); !sent) return std::unexpected(sent.error());
    return read();
  }

  /// 4xx passes by itself, 5xx does not.
  static Result<> expect(const Result<Reply>& reply, std::string_view doing, std::string hint) {
    if (!reply) return within(doing, reply.error());
    if (reply->positive()) return {};
    const bool passing = reply->code >= 400 && reply->code < 500;
    return fail(passing        ? ErrorCode::RateLimited
                : hint.empty() ? ErrorCode::Refused
                               : ErrorCode::Settings,
                fmt::format("{}: the mail server says {}", doing, reply->words()),
                passing ? std::string() : std::move(hint));
  }

  Result<> greet() {
    // An address literal is right for a client without a name of its own (RFC 5321 section 4.1.3).
    auto reply = command("EHLO [127.0.0.1]");
    if (auto good = expect(reply, "EHLO", {}); !good) return good;
    extensions_.clear();
    for (const std::string& line : reply->lines) {
      const std::vector<std::string> words = splitList(upper(line), " =");
      if (words.empty()) continue;
      extensions_.insert(words.front());
      if (words.front() == "AUTH") mechanisms_.insert(words.begin() + 1, words.end());
    }
    return {};
  }

  Result<> secure(const TlsClient& tls) {
    if (wire_.encrypted() || address_.mail_security == MailSecurity::None) return {};
    if (!extensions_.contains("STARTTLS")) {
      if (address_.mail_security == MailSecurity::Opportunistic && address_.password.empty()) return {};
      return fail(ErrorCode::Settings, address_.mail_host + " offers no STARTTLS, and nothing is sent in the clear",
                  "use smtps:// with its port for TLS, or add mode=insecure to this address in NOTIFY_URLS");
    }
    if (auto ready = expect(command("STARTTLS"), "STARTTLS", {}); !ready) return ready;
    if (auto done = wire_.encrypt(tls, address_.mail_host); !done) return done;
    return greet();
  }

  Result<> logIn() {
    if (address_.password.empty()) return {};
    const std::string hint = "check user and password of this address in NOTIFY_URLS; many providers want an app password";
    const std::string& user = address_.user;
    const std::string& password = address_.password.reveal();
    if (mechanisms_.contains("PLAIN") || !mechanisms_.contains("LOGIN")) {
      const std::string response = base64(std::string(1, '\0') + user + std::string(1, '\0') + password);
      return expect(command("AUTH PLAIN " + response), "logging in", hint);
    }
    if (auto asked = expect(command("AUTH LOGIN"), "logging in", hint); !asked) return asked;
    if (auto named = expect(command(base64(user)), "logging in", hint); !named) return named;
    return expect(command(base64(password)), "logging in", hint);
  }

  Result<> submit(std::string_view text) {
    const std::string hint = "check the sender and the recipients of this address in NOTIFY_URLS";
    if (auto from = expect(command(fmt::format("MAIL FROM:<{}>", address_.mail_from)), "naming the sender", hint); !from)
      return from;
    for (const std::string& to : address_.to) {
      if (auto taken = expect(command(fmt::format("RCPT TO:<{}>", to)), "naming the recipient " + to, hint); !taken)
        return taken;
    }
    if (auto ready = expect(command("DATA"), "DATA", {}); !ready) return ready;
    std::string octets;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find("\r\n", at), text.size());
      if (text[at] == '.') octets += '.';
      octets += text.substr(at, end - at);
      octets += "\r\n";
      at = end + 2;
    }
    if (auto sent = wire_.write(octets + ".\r\n"); !sent) return sent;
    return expect(read(), "handing over the message", {});
  }

  const Address& address_;
  Wire wire_;
  std::set<std::string> extensions_, mechanisms_;
};

bool isAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

/// A header's text: as it is, or in encoded words of at most 75 characters (RFC 2047 section 2).
std::string headerText(std::string_view text) {
  constexpr std::size_t kOctetsPerWord = 42;
  std::string clean = printable(text);
  if (isAscii(clean)) return clean;
  std::string result;
  for (std::size_t at = 0; at < clean.size();) {
    std::size_t end = std::min(at + kOctetsPerWord, clean.size());
    while (end < clean.size() && (static_cast<unsigned char>(clean[end]) & 0xC0U) == 0x80U) --end;
    result += fmt::format("{}=?utf-8?B?{}?=", result.empty() ? "" : "\r\n ", base64(clean.substr(at, end - at)));
    at = end;
  }
  return result;
}

Result<Descriptor> connect(NameLookup& names, const std::string& host, std::uint16_t port, const Effort& effort,
                           const Patience& patience) {
  auto addresses = resolveHost(names, host, port, effort);
  if (!addresses) return std::unexpected(addresses.error());
  std::optional<Error> last;
  for (const TcpAddress& address : *addresses) {
    auto socket = connectTcp(address, patience);
    if (socket || socket.error().code == ErrorCode::Stopped) return socket;
    last = socket.error();
  }
  if (last) return std::unexpected(*last);
  return fail(ErrorCode::Unreachable, host + " has no address");
}

}  // namespace

std::string mailDate(TimePoint time) {
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays.at(std::chrono::weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string mailText(const Address& address, const Message& message, std::string_view unique) {
  const std::string domain = address.mail_from.substr(address.mail_from.find('@') + 1);
  std::string text = fmt::format(
      "Date: {}\r\nFrom: Sidecert <{}>\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n",
      mailDate(message.time), address.mail_from, join(address.to, ",\r\n "), headerText(message.title), unique, domain);
  if (message.severity == Severity::Alarm) text += "Importance: high\r\n";
  text += "\r\n";
  const std::string body = base64(message.text + "\r\n");
  for (std::size_t at = 0; at < body.size(); at += kEncodedLine) text += body.substr(at, kEncodedLine) + "\r\n";
  return text;
}

Result<> sendMail(const Address& address, const Message& message, const std::vector<std::string>& trust_files,
                  NameLookup& names, const Effort& effort) {
  const Patience patience(effort);
  TlsClient tls;
  for (const std::string& file : trust_files) {
    if (auto added = tls.addTrustFile(file); !added) return added;
  }
  auto socket = connect(names, address.mail_host, address.mail_port, effort, patience);
  if (!socket) return within(address.title, socket.error());
  // One message, one identifier: a mail that is sent again after a lost answer is the same mail.
  const std::string unique = fmt::format("{}.{}.{}", message.time.time_since_epoch().count(), message.event,
                                         hex((message.title + message.nas).substr(0, 40)));
  auto sent = Dialogue(address, Wire(std::move(*socket), patience)).run(tls, mailText(address, message, unique));
  if (!sent) {
    Error error = sent.error();
    error.what = redacted(address, std::move(error.what));  // a server may repeat what it was told
    return within(address.title, std::move(error));
  }
  return {};
}

}  // namespace sidecert::notify
