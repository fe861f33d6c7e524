// How parameters reach DSM: query strings, form bodies and multipart uploads, the last read as strictly as DSM's own parser.
// Source of the strictness: an unquoted part name, a quoted boundary or a filename* were each answered with 108.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecert::testing::emulator {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// "a=b&c=d", percent-encoded, plus is a blank. A broken escape is taken as it stands.
[[nodiscard]] Parameters readForm(std::string_view);
[[nodiscard]] const std::string* find(const Parameters&, std::string_view name);
[[nodiscard]] std::string valueOf(const Parameters&, std::string_view name);  // empty when absent

[[nodiscard]] bool sameName(std::string_view, std::string_view);  // of header fields: without regard to case

struct Part {
  std::string name;
  std::optional<std::string> file_name;
  std::string content;
};

enum class UploadFault {
  Malformed,    // 108
  OddFileName,  // 108 with upload_err -8
};

/// @param content_type  the header, "multipart/form-data; boundary=..."
/// @param refuse_odd_file_names  what DSM 7.4.1 began to look at
[[nodiscard]] std::expected<std::vector<Part>, UploadFault> readMultipart(std::string_view content_type,
                                                                          std::string_view body, bool refuse_odd_file_names);

}  // namespace sidecert::testing::emulator
