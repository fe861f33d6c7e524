#include "support/dsm_emulator_form.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sidecert::testing::emulator {
namespace {

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned octet = 0;
    const char* begin = text.data() + i + 1;
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && std::from_chars(begin, begin + 2, octet, 16).ptr == begin + 2) {
      out += static_cast<char>(octet);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<std::string_view> quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  if (text.contains('"')) return std::nullopt;
  return text;
}

// form-data; name="x"[; filename="y"], in this form and no other.
bool readDisposition(std::string_view value, Part& part) {
  constexpr std::string_view kType = "form-data; name=";
  if (!value.starts_with(kType)) return false;
  value.remove_prefix(kType.size());
  constexpr std::string_view kFile = "; filename=";
  const auto file = value.find(kFile);
  const auto name = quoted(value.substr(0, file));
  if (!name || name->empty()) return false;
  part.name = *name;
  if (file == std::string_view::npos) return true;
  const auto file_name = quoted(value.substr(file + kFile.size()));
  if (!file_name) return false;
  part.file_name = *file_name;
  return true;
}

bool isOdd(std::string_view file_name) {
  return file_name.empty() || file_name.starts_with('.') || file_name.find_first_of("/\\*") != std::string_view::npos;
}

std::optional<Part> readPart(std::string_view text) {
  Part part;
  bool named = false;
  for (;;) {
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    if (line.contains('\n')) return std::nullopt;
    constexpr std::string_view kDisposition = "content-disposition: ";
    if (sameName(line.substr(0, kDisposition.size()), kDisposition)) {
      if (!readDisposition(line.substr(kDisposition.size()), part)) return std::nullopt;
      named = true;
    }
  }
  part.content = text;
  return named ? std::optional(part) : std::nullopt;
}

}  // namespace

bool sameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

Parameters readForm(std::string_view text) {
  Parameters all;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    all.emplace_back(unescape(pair.substr(0, equals)), unescape(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return all;
}

const std::string* find(const Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, [](const auto& pair) { return std::string_view(pair.first); });
  return found == parameters.end() ? nullptr : &found->second;
}

std::string valueOf(const Parameters& parameters, std::string_view name) {
  const std::string* found = find(parameters, name);
  return found == nullptr ? std::string() : *found;
}

std::expected<std::vector<Part>, UploadFault> readMultipart(std::string_view content_type, std::string_view body,
                                                            bool refuse_odd_file_names) {
  constexpr std::string_view kType = "multipart/form-data; boundary=";
  const auto malformed = std::unexpected(UploadFault::Malformed);
  if (!content_type.starts_with(kType)) return malformed;
  const std::string boundary(content_type.substr(kType.size()));
  if (boundary.empty() || boundary.size() > 70 || boundary.find_first_of("\"; ") != std::string::npos) return malformed;
  const std::string first = "--" + boundary + "\r\n";
  const std::string between = "\r\n--" + boundary + "\r\n";
  const std::string last = "\r\n--" + boundary + "--";
  const auto end = body.rfind(last);
  if (!body.starts_with(first) || end == std::string_view::npos || end < first.size()) return malformed;
  const auto after = body.substr(end + last.size());
  if (!after.empty() && after != "\r\n") return malformed;

  std::vector<Part> parts;
  std::string_view rest = body.substr(first.size(), end - first.size());
  for (bool more = true; more;) {
    const auto cut = rest.find(between);
    more = cut != std::string_view::npos;
    auto part = readPart(rest.substr(0, cut));
    if (!part) return malformed;
    if (refuse_odd_file_names && part->file_name && isOdd(*part->file_name))
      return std::unexpected(UploadFault::OddFileName);
    parts.push_back(std::move(*part));
    if (more) rest.remove_prefix(cut + between.size());
  }
  return parts;
}

}  // namespace sidecert::testing::emulator
