#include "http_attacks.h"

namespace sidecert::testing {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";

Attack saying(std::string name, std::string text) {
  return {std::move(name), [text = std::move(text)](Peer& peer, const std::string&) { peer.send(text); }};
}

Attack endless(std::string name, std::string head, std::string more) {
  return {std::move(name), [head = std::move(head), more = std::move(more)](Peer& peer, const std::string&) {
            if (peer.send(head)) peer.sendWithoutEnd(more);
          }};
}

Attack dripping(std::string name, std::string head, std::string more) {
  return {std::move(name), [head = std::move(head), more = std::move(more)](Peer& peer, const std::string&) {
            if (peer.send(head)) peer.drip(more);
          }};
}

std::string json(const std::string& body) {
  return httpAnswer("200 OK", body, "Content-Type: application/json\r\n");
}

}  // namespace

const std::string& forgery() {
  static const std::string text = [] {
    const std::string words = R"("\u001b[2J\u009b31m\r\nforged 2026-01-01 info all is well\u2028\u0000")";
    std::string members;
    for (const char* name :
         {"detail", "type", "message", "title", "name", "status", "token", "url", "newNonce", "newOrder", "finalize"})
      members += std::string("\"") + name + "\":" + words + ",";
    return "{" + members + R"("error":{"code":)" + words + R"(,"message":)" + words + R"(,"errors":)" + words + "}}";
  }();
  return text;
}

std::string httpAnswer(const std::string& status, const std::string& body, const std::string& fields) {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

std::string repeated(std::string_view text, std::size_t octets) {
  std::string all;
  all.reserve(octets + text.size());
  while (all.size() < octets) all += text;
  return all;
}

const std::vector<Attack>& httpAttacks() {
  static const std::vector<Attack> all{
      endless("EndlessHeaders", "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
      endless("OneEndlessHeader", "HTTP/1.1 200 OK\r\nX-More: ", "x"),
      endless("EndlessFolding", "HTTP/1.1 200 OK\r\nX-More: x\r\n", " and more\r\n"),
      endless("EndlessStatusLine", "HTTP/1.1 200 ", "x"),
      endless("EndlessInterimAnswers", "", "HTTP/1.1 100 Continue\r\n\r\n"),
      endless("EndlessBody", kOk + "\r\n", "[\"x\"],"),
      endless("BodyOfAPetabyte", kOk + "Content-Length: 1125899906842624\r\n\r\n", "x"),
      endless("EndlessChunks", kChunked, "8\r\nxxxxxxxx\r\n"),
      endless("EndlessChunkExtension", kChunked + "8;", "x=y;"),
      endless("EndlessTrailers", kChunked + "0\r\n", "X-More: and more\r\n"),
      endless("Compressed", kOk + "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08", "\x01"),
      saying("HugeChunk", kChunked + "ffffffffffffffff\r\nx"),
      saying("ChunkOfNegativeSize", kChunked + "-8\r\nxxxxxxxx\r\n0\r\n\r\n"),
      saying("NegativeLength", kOk + "Content-Length: -1\r\n\r\n{}"),
      saying("TwoLengths", kOk + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}"),
      saying("LengthAndChunks", kOk + "Content-Length: 4000\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
      saying("BodyShorterThanSaid", kOk + "Content-Length: 4000\r\n\r\n{}"),
      saying("BodyLongerThanSaid", kOk + "Content-Length: 1\r\n\r\n{}{}{}{}"),
      saying("NestedLists", json(repeated("[", kMegabyte))),
      saying("NestedObjects", json(repeated("{\"a\":", kMegabyte))),
      saying("WideList", json("[" + repeated("{},", 7 * kMegabyte) + "{}]")),
      saying("WideObject", json("{" + repeated("\"a\":0,", 7 * kMegabyte) + "\"a\":0}")),
      saying("LongNumber", json("[" + repeated("9", kMegabyte) + "]")),
      saying("LongText", json("{\"detail\":\"" + repeated("x", 7 * kMegabyte) + "\"}")),
      saying("NotUtf8", json("{\"detail\":\"\xFF\xFE\xC0\x80\"}")),
      saying("NoJson", json("<html><body>welcome</body></html>")),
      saying("AnotherProtocol", std::string("\x16\x03\x01\x00\x05\xFF\x00", 7)),
      saying("ForgedLines", httpAnswer("400 Bad\x1b[2J", forgery(), "X-Y: \x1b]0;z\x07\r\nRetry-After: \x1b[2J\r\n")),
      saying("ForgedSuccess", json(forgery())),
      saying("Nothing", ""),
      saying("NotAllowed", httpAnswer("403 Forbidden", "{}")),
      {"RedirectToItself",
       [](Peer& peer, const std::string& request) {
         const auto begin = request.find(' ') + 1;
         peer.send(
             httpAnswer("302 Found", "", "Location: " + request.substr(begin, request.find(' ', begin) - begin) + "\r\n"));
       }},
      {"RedirectsElsewhereForEver",
       [](Peer& peer, const std::string& request) {
         peer.send(httpAnswer("307 Temporary Redirect", "",
                              "Location: /" + std::to_string(std::hash<std::string>{}(request)) + "\r\n"));
       }},
      dripping("Silence", "", ""),
      saying("Overloaded", httpAnswer("503 Service Unavailable", "{}", "Retry-After: 0\r\n")),
      saying("TooMany", httpAnswer("429 Too Many Requests", "{}", "Retry-After: 999999999999\r\n")),
  };
  return all;
}

const std::vector<Attack>& dripAttacks() {
  static const std::vector<Attack> all{
      dripping("DrippingStatusLine", "HTTP/1.1 200 ", "x"),
      dripping("DrippingHeaders", "HTTP/1.1 200 OK\r\nX-More: ", "x"),
      dripping("DrippingBody", kOk + "Content-Length: 100000\r\n\r\n", " "),
      dripping("DrippingChunks", kChunked, "1\r\n \r\n"),
  };
  return all;
}

}  // namespace sidecert::testing
