#include <fmt/core.h>

#include <array>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/name.h"
#include "dns/providers/tsig.h"

namespace sidecert::dns::providers {
namespace {

struct Algorithm {
  std::string_view name;       // as people write it
  std::string_view wire_name;  // RFC 8945 section 6
  unsigned number;             // in K* files, as dnssec-keygen counts
  crypto::Hash hash;
};

constexpr std::array kAlgorithms = {
    Algorithm{"hmac-sha256", "hmac-sha256", 163, crypto::Hash::Sha256},
    Algorithm{"hmac-sha384", "hmac-sha384", 164, crypto::Hash::Sha384},
    Algorithm{"hmac-sha512", "hmac-sha512", 165, crypto::Hash::Sha512},
    Algorithm{"hmac-sha1", "hmac-sha1", 161, crypto::Hash::Sha1},
    Algorithm{"hmac-md5", "hmac-md5.sig-alg.reg.int", 157, crypto::Hash::Md5},
};

std::unexpected<Error> wrong(std::string what) {
  return fail(
      ErrorCode::Settings, "the TSIG key " + std::move(what),
      "a key file reads: key \"name\" { algorithm hmac-sha256; secret \"base64\"; }; (tsig-keygen or keymgr -t writes one)");
}

Result<TsigKey> assemble(std::string_view name, std::string_view algorithm, std::string_view secret) {
  TsigKey key;
  if (name.empty()) return wrong("has no name");
  key.name = lower(name);
  if (key.name.ends_with('.')) key.name.pop_back();
  if (const auto valid = toAscii(key.name); !valid) return wrong(fmt::format("has a strange name: {}", excerpt(name, 60)));
  for (const Algorithm& known : kAlgorithms) {
    const bool numbered = fmt::format("{}", known.number) == algorithm;
    if (!numbered && !equalsIgnoringCase(algorithm, known.name) && !equalsIgnoringCase(algorithm, known.wire_name)) continue;
    key.algorithm = known.wire_name;
    key.hash = known.hash;
  }
  if (key.algorithm.empty()) {
    return wrong(
        fmt::format("\"{}\" has the algorithm \"{}\"; known here: hmac-sha256, hmac-sha384, hmac-sha512, hmac-sha1, "
                    "hmac-md5",
                    key.name, excerpt(algorithm, 40)));
  }
  auto octets = fromBase64(secret);
  if (!octets || octets->empty()) return wrong(fmt::format("\"{}\" has a secret that is no base64", key.name));
  key.secret = Secret(std::move(*octets));
  return key;
}

// Words, quoted strings, and { } ; alone; comments of named.conf are left out.
std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    if (rest.starts_with("/*")) {
      const auto end = rest.find("*/", 2);
      at = end == std::string_view::npos ? text.size() : at + end + 2;
    } else if (rest.starts_with("//") || rest.starts_with('#')) {
      const auto end = rest.find('\n');
      at = end == std::string_view::npos ? text.size() : at + end;
    } else if (rest.starts_with('"')) {
      const auto end = rest.find('"', 1);
      out.emplace_back(rest.substr(1, end == std::string_view::npos ? end : end - 1));
      at = end == std::string_view::npos ? text.size() : at + end + 1;
    } else if (rest.front() == '{' || rest.front() == '}' || rest.front() == ';') {
      out.emplace_back(1, rest.front());
      ++at;
    } else if (rest.find_first_of(" \t\r\n") == 0) {
      ++at;
    } else {
      const auto end = rest.find_first_of(" \t\r\n{};\"");
      out.emplace_back(rest.substr(0, end));
      at = end == std::string_view::npos ? text.size() : at + end;
    }
  }
  return out;
}

Result<TsigKey> parseClause(std::string_view text) {
  const auto words = tokens(text);
  std::size_t at = 0;
  while (at < words.size() && words[at] != "key") ++at;
  if (at + 2 >= words.size() || words[at + 2] != "{") return wrong("has no key \"name\" { … } clause");
  const std::string& name = words[at + 1];
  std::string algorithm;
  std::string secret;
  for (at += 3; at + 1 < words.size() && words[at] != "}"; ++at) {
    if (words[at] == "algorithm") algorithm = words[at + 1];
    if (words[at] == "secret") secret = words[at + 1];
  }
  return assemble(name, algorithm, secret);
}

// K<name>.+<algorithm>+<id>.private: "Algorithm: 163 (HMAC_SHA256)", "Key: <base64>".
Result<TsigKey> parsePrivate(std::string_view text, std::string_view file_name) {
  const auto slash = file_name.rfind('/');
  std::string_view base = slash == std::string_view::npos ? file_name : file_name.substr(slash + 1);
  const auto plus = base.find(".+");
  if (!base.starts_with('K') || plus == std::string_view::npos) {
    return wrong("file ends in .private but is not named K<name>.+<algorithm>+<id>.private, so the key's name is unknown");
  }
  std::string algorithm;
  std::string secret;
  for (const std::string& line : splitList(text, "\n")) {
    const auto words = splitList(line, " \t\r");
    if (words.size() < 2) continue;
    if (words[0] == "Algorithm:") algorithm = words[1];
    if (words[0] == "Key:") secret = words[1];
  }
  return assemble(base.substr(1, plus - 1), algorithm, secret);
}

// K<name>.+<algorithm>+<id>.key: one KEY record, "name. IN KEY 512 3 163 <base64>".
Result<TsigKey> parseRecord(const std::vector<std::string>& words, std::size_t key_at) {
  if (key_at + 4 >= words.size()) return wrong("record is cut off");
  std::string secret;
  for (std::size_t i = key_at + 4; i < words.size(); ++i) secret += words[i];
  return assemble(words[0], words[key_at + 3], secret);
}

}  // namespace

Result<TsigKey> parseTsigKey(std::string_view text, std::string_view file_name) {
  if (text.find("Private-key-format:") != std::string_view::npos) return parsePrivate(text, file_name);
  const auto words = splitList(text, " \t\r\n");
  for (std::size_t i = 1; i < words.size() && i < 4; ++i) {
    if (words[i] == "KEY") return parseRecord(words, i);
  }
  return parseClause(text);
}

}  // namespace sidecert::dns::providers
