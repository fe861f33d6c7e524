#include "hostile_http.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

#include "support/raw_server.h"

namespace sidecert::testing {
namespace {

constexpr std::size_t kLarge = 1U << 20U;
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

const std::string kForgery =
    R"({"detail":"\u001b[2J\r\nforged 2026-01-01 info all is well","error":{"code":"\u001b\n forged"}})";

/// Whether the peer is still there after so long.
bool staysFor(int socket, std::chrono::milliseconds time) {
  pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
  std::array<char, 512> ignored{};
  return ::poll(&waiting, 1, static_cast<int>(time.count())) == 0 || ::recv(socket, ignored.data(), ignored.size(), 0) > 0;
}

void drip(int socket, const std::string& head) {
  sendText(socket, head);
  while (staysFor(socket, std::chrono::milliseconds(500))) sendText(socket, "x");
}

std::string sized(const std::string& body) {
  return kOk + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string repeated(const std::string& text, std::size_t octets) {
  std::string all;
  all.reserve(octets + text.size());
  while (all.size() < octets) all += text;
  return all;
}

HttpAttack saying(std::string name, std::string text) {
  return {std::move(name), [text = std::move(text)](int socket) { sendText(socket, text); }};
}

HttpAttack withoutEnd(std::string name, std::string head, std::string more) {
  return {std::move(name), [head = std::move(head), more = std::move(more)](int socket) {
            sendText(socket, head);
            sendForEver(socket, more);
          }};
}

}  // namespace

void sendForEver(int socket, const std::string& text) {
  const std::string much = repeated(text, 1U << 16U);
  while (::send(socket, much.data(), much.size(), MSG_NOSIGNAL) > 0) {
  }
}

const std::vector<HttpAttack>& httpAttacks() {
  static const std::vector<HttpAttack> all{
      withoutEnd("EndlessHeaders", "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
      withoutEnd("OneEndlessHeader", "HTTP/1.1 200 OK\r\nX-More: ", "x"),
      withoutEnd("EndlessStatusLine", "HTTP/1.1 200 ", "x"),
      withoutEnd("EndlessBody", kOk + "\r\n", "[\"x\"],"),
      withoutEnd("BodyOfAPetabyte", kOk + "Content-Length: 1125899906842624\r\n\r\n", "x"),
      withoutEnd("EndlessChunks", kOk + "Transfer-Encoding: chunked\r\n\r\n", "8\r\nxxxxxxxx\r\n"),
      withoutEnd("EndlessChunkExtension", kOk + "Transfer-Encoding: chunked\r\n\r\n8;", "x=y;"),
      withoutEnd("EndlessTrailers", kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-More: and more\r\n"),
      withoutEnd("EndlessContinue", "", "HTTP/1.1 100 Continue\r\n\r\n"),
      saying("HugeChunk", kOk + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx"),
      saying("NegativeLength", kOk + "Content-Length: -1\r\n\r\n{}"),
      saying("TwoLengths", kOk + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}"),
      saying("ShortBody", kOk + "Content-Length: 4000\r\n\r\n{}"),
      saying("NestedJson", sized(repeated("[", kLarge))),
      saying("NestedObjects", sized(repeated("{\"a\":", kLarge))),
      saying("WideJson", sized("[" + repeated("{},", 8 * kLarge) + "{}]")),
      saying("LongNumber", sized("[" + repeated("9", kLarge) + "]")),
      saying("NoJson", sized("\xFF\xFE\x00 <html>")),
      saying("ItselfAgain", "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
      saying("EscapesInTheMessage", "HTTP/1.1 400 Bad\x1b[2J\r\nX-Y: \x1b]0;z\x07\r\nContent-Length: " +
                                        std::to_string(kForgery.size()) + "\r\n\r\n" + kForgery),
      saying("Garbage", repeated(std::string("\x00\xFF\r\n\x16\x03", 6), 4096)),
      saying("Nothing", ""),
      {"Drip", [](int socket) { drip(socket, kOk + "Content-Length: 100000\r\n\r\n"); }},
      {"DrippingHeaders", [](int socket) { drip(socket, "HTTP/1.1 200 OK\r\nX-More: "); }},
      {"Silence",
       [](int socket) {
         while (staysFor(socket, std::chrono::seconds(1))) {
         }
       }},
  };
  return all;
}

}  // namespace sidecert::testing
