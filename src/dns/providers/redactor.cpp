#include "dns/providers/redactor.h"

#include "base/encoding.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::size_t kShortestSecret = 4;

std::string without(const std::string& text, const std::string& secret) {
  auto found = text.find(secret);
  if (found == std::string::npos) return text;
  std::string out;
  std::size_t at = 0;
  for (; found != std::string::npos; found = text.find(secret, at)) {
    out.append(text, at, found - at);
    out += "***";
    at = found + secret.size();
  }
  return out.append(text, at);
}

}  // namespace

void Redactor::add(const std::string& secret) {
  if (secret.size() < kShortestSecret) return;
  secrets_.insert(secret);
  secrets_.insert(percentEncode(secret));
}

std::string Redactor::apply(std::string_view text) const {
  std::string out(text);
  for (const std::string& secret : secrets_) out = without(out, secret);
  return out;
}

}  // namespace sidecert::dns::providers
