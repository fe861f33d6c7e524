// A form as DSM's login takes it (application/x-www-form-urlencoded): in the body, so that no log of a proxy shows it.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/http/http.h"

namespace sidecert::dsm {

class Form {
 public:
  Form& add(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : "&", name, formEncode(value));
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A request with such a form for a body, still empty.
[[nodiscard]] inline HttpRequest formPost(Duration limit) {
  HttpRequest request;
  request.method = "POST";
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.silence_limit = request.total_limit = limit;
  return request;
}

}  // namespace sidecert::dsm
