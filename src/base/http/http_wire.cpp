#include "base/http/http_wire.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace sidecert {
namespace {

constexpr std::size_t kHeadLimit = 64U << 10U;
constexpr std::size_t kChunkLineLimit = 1024;
constexpr int kMostInterimAnswers = 10;

bool isTokenCharacter(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.contains(c);
}

bool isToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, isTokenCharacter);
}

bool isFieldValue(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::unexpected<Error> bad(std::string what, std::string hint = {}) {
  return fail(ErrorCode::BadAnswer, std::move(what), std::move(hint));
}

class Reader {
 public:
  explicit Reader(const OctetSource& source) : source_(source) {}

  // Without its line end; a bare LF ends a line too (RFC 9112 section 2.2).
  Result<std::string> line(std::size_t limit) {
    std::string text;
    while (true) {
      const auto end = buffered().find('\n');
      text += buffered().substr(0, end);
      if (text.size() > limit) return bad("a header of the answer is too long");
      if (end != std::string_view::npos) {
        begin_ += end + 1;
        if (text.ends_with('\r')) text.pop_back();
        std::ranges::replace(text, '\r', ' ');  // RFC 9112 section 2.2
        return text;
      }
      begin_ = end_;
      if (auto filled = fill(); !filled) return std::unexpected(filled.error());
    }
  }

  Result<> take(std::size_t count, std::string& out) {
    while (count > 0) {
      if (begin_ == end_) {
        if (auto filled = fill(); !filled) return filled;
      }
      const auto piece = buffered().substr(0, count);
      out += piece;
      begin_ += piece.size();
      count -= piece.size();
    }
    return {};
  }

  // Up to the end of the stream.
  Result<> takeRest(std::string& out, std::size_t limit) {
    while (true) {
      out += buffered();
      begin_ = end_;
      if (out.size() > limit) return bad(fmt::format("the answer is larger than {} octets", limit));
      const auto count = source_(buffer_);
      if (!count) return std::unexpected(count.error());
      if (*count == 0) return {};
      begin_ = 0;
      end_ = *count;
    }
  }

  [[nodiscard]] bool isDrained() const { return begin_ == end_; }

 private:
  [[nodiscard]] std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }

  Result<> fill() {
    const auto count = source_(buffer_);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return fail(ErrorCode::AnswerLost, "the connection ended in the middle of the answer");
    begin_ = 0;
    end_ = *count;
    return {};
  }

  const OctetSource& source_;
  std::array<char, std::size_t{16} << 10U> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

struct Head {
  int minor_version = 0;
  int status = 0;
  HttpHeaders headers;
};

Result<> readStatusLine(Reader& reader, Head& head) {
  auto line = reader.line(kHeadLimit);
  if (!line) return std::unexpected(line.error());
  if (line->starts_with("\x15\x03")) return bad("the server speaks TLS on this port", "use https:// or another port");
  const std::string_view text = *line;
  const auto status = text.size() >= 12 ? parseNumber(text.substr(9, 3)) : std::nullopt;
  const bool known = text.starts_with("HTTP/1.0 ") || text.starts_with("HTTP/1.1 ");
  if (!known || !status || *status < 100 || (text.size() > 12 && text[12] != ' ')) {
    return bad("the server does not answer in HTTP: " + excerpt(text, 80));
  }
  head.minor_version = text[7] - '0';
  head.status = static_cast<int>(*status);
  return {};
}

Result<> readFields(Reader& reader, HttpHeaders& headers) {
  std::string name;
  std::string value;
  for (std::size_t total = 0;;) {
    auto line = reader.line(kHeadLimit);
    if (!line) return std::unexpected(line.error());
    total += line->size() + 2;
    if (total > kHeadLimit) return bad("the headers of the answer are too long");
    if (!name.empty() && (line->starts_with(' ') || line->starts_with('\t'))) {
      value += " " + std::string(trim(*line));  // obsolete folding
      continue;
    }
    if (!name.empty()) headers.add(std::exchange(name, {}), std::exchange(value, {}));
    if (line->empty()) return {};
    const auto colon = std::min(line->find(':'), line->size());
    name = trim(line->substr(0, colon));
    if (colon == line->size() || !isToken(name)) return bad("the answer has a broken header: " + excerpt(*line, 80));
    value = trim(line->substr(colon + 1));
  }
}

Result<std::optional<std::size_t>> contentLength(const HttpHeaders& headers) {
  std::optional<std::size_t> length;
  for (const auto& field : headers.all("Content-Length")) {
    for (const auto& text : splitList(field)) {
      const auto number = parseNumber(text);
      if (!number || (length && *length != *number))
        return bad("the answer's Content-Length makes no sense: " + excerpt(field, 40));
      length = number;
    }
  }
  return length;
}

Result<> readChunks(Reader& reader, std::string& body, std::size_t limit) {
  while (true) {
    auto line = reader.line(kChunkLineLimit);
    if (!line) return std::unexpected(line.error());
    const auto digits = trim(std::string_view(*line).substr(0, line->find(';')));
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
      return bad("the answer has a broken chunk: " + excerpt(*line, 40));
    }
    if (size == 0) break;
    if (size > limit - body.size()) return bad(fmt::format("the answer is larger than {} octets", limit));
    if (auto taken = reader.take(size, body); !taken) return taken;
    auto after = reader.line(kChunkLineLimit);
    if (!after) return std::unexpected(after.error());
    if (!after->empty()) return bad("the answer has a chunk without an end");
  }
  HttpHeaders trailers;
  return readFields(reader, trailers);
}

bool hasToken(const HttpHeaders& headers, std::string_view name, std::string_view token) {
  for (const auto& field : headers.all(name)) {
    const auto pieces = splitList(field);
    if (std::ranges::any_of(pieces, [&](const auto& piece) { return equalsIgnoringCase(piece, token); })) return true;
  }
  return false;
}

Result<Head> readHead(Reader& reader) {
  for (int interim = 0; interim < kMostInterimAnswers; ++interim) {
    Head head;
    if (auto read = readStatusLine(reader, head); !read) return std::unexpected(read.error());
    if (auto read = readFields(reader, head.headers); !read) return std::unexpected(read.error());
    if (head.status == 101) return bad("the server switched protocols unasked");
    if (head.status >= 200) return head;
  }
  return bad("the server sends interim answers without end");
}

}  // namespace

Result<std::string> writeRequest(const HttpRequest& request, const Url& url, std::string_view target,
                                 std::string_view user_agent) {
  if (!isToken(request.method) || !isFieldValue(user_agent))
    return fail(ErrorCode::Internal, "the request's method is broken");
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, target);
  if (!request.headers.first("Host")) text += fmt::format("Host: {}\r\n", url.origin().substr(url.scheme.size() + 3));
  for (const auto& [name, value] : request.headers.fields()) {
    if (equalsIgnoringCase(name, "Content-Length") || equalsIgnoringCase(name, "Connection")) continue;
    if (!isToken(name) || !isFieldValue(value)) {
      return fail(ErrorCode::Internal,
                  fmt::format("the header {} cannot be sent: it holds a line break", excerpt(name, 40)));
    }
    text += fmt::format("{}: {}\r\n", name, value);
  }
  if (!request.headers.first("User-Agent") && !user_agent.empty()) text += fmt::format("User-Agent: {}\r\n", user_agent);
  const bool may_have_body = request.method != "GET" && request.method != "HEAD" && request.method != "DELETE";
  if (!request.body.empty() || may_have_body) text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return text + "Connection: keep-alive\r\n\r\n" + request.body;
}

Result<WireAnswer> readAnswer(const OctetSource& source, std::string_view method, std::size_t body_limit) {
  Reader reader(source);
  auto head = readHead(reader);
  if (!head) return std::unexpected(head.error());
  WireAnswer answer;
  answer.keep_alive = head->minor_version == 1 ? !hasToken(head->headers, "Connection", "close")
                                               : hasToken(head->headers, "Connection", "keep-alive");
  answer.response.status = head->status;
  answer.response.headers = std::move(head->headers);
  const auto& headers = answer.response.headers;
  auto& body = answer.response.body;

  if (method != "HEAD" && answer.response.status != 204 && answer.response.status != 304) {
    Result<> read;
    if (!headers.all("Transfer-Encoding").empty()) {
      const auto coding = headers.all("Transfer-Encoding");
      if (coding.size() != 1 || !equalsIgnoringCase(coding.front(), "chunked")) {
        return bad("the answer comes in an unknown transfer coding: " + excerpt(join(coding, ", "), 40));
      }
      read = readChunks(reader, body, body_limit);
      if (headers.first("Content-Length")) answer.keep_alive = false;  // RFC 9112 section 6.1
    } else {
      const auto length = contentLength(headers);
      if (!length) return std::unexpected(length.error());
      if (!*length) {
        read = reader.takeRest(body, body_limit);
        answer.keep_alive = false;
      } else if (**length > body_limit) {
        return bad(fmt::format("the answer is larger than {} octets", body_limit));
      } else {
        read = reader.take(**length, body);
      }
    }
    if (!read) return std::unexpected(read.error());
  }
  answer.keep_alive = answer.keep_alive && reader.isDrained();
  return answer;
}

}  // namespace sidecert
