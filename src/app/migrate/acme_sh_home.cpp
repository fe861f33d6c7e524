#include "app/migrate/acme_sh_home.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"

namespace sidecert::app::acme_sh {
namespace {

constexpr std::string_view kEcc = "_ecc";
constexpr std::string_view kBase64Start = "__ACME_BASE64__START_";
constexpr std::string_view kBase64End = "__ACME_BASE64__END_";
constexpr int kDeepestCaFolder = 4;  // ca/acme.zerossl.com/v2/DV90

bool isName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string unwrapped(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  if (value.starts_with(kBase64Start) && value.ends_with(kBase64End)) {
    value.remove_prefix(kBase64Start.size());
    value.remove_suffix(kBase64End.size());
    if (auto plain = fromBase64(value)) return *plain;
  }
  return std::string(value);
}

Result<std::string> readText(FileSystem& files, const Path& path) {
  auto bytes = files.read(path);
  if (!bytes) return std::unexpected(bytes.error());
  return bytes->value_or("");
}

std::string accountUrlIn(std::string_view account_json) {
  const auto object = parseJson(account_json);
  // Some releases kept the Location header's value beside the CA's answer.
  if (!object || !object->is_object()) return {};
  for (const char* name : {"location", "url"}) {
    const auto found = object->find(name);
    if (found != object->end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

class Reader {
 public:
  Reader(const Ports& ports, Path folder) : ports_(ports), folder_(std::move(folder)) {}

  Result<Home> read() {
    auto names = ports_.files.list(folder_);
    if (!names) return std::unexpected(names.error());
    auto global = readText(ports_.files, folder_ / "account.conf");
    if (!global) return std::unexpected(global.error());
    home_.configuration = parseConfiguration(*global);
    if (auto done = readCas(folder_ / "ca", "", "", 0); !done) return std::unexpected(done.error());
    for (const std::string& name : *names) {
      if (auto done = readCertificate(name); !done) return std::unexpected(done.error());
    }
    if (home_.configuration.empty() && home_.accounts.empty() && home_.certificates.empty())
      return fail(ErrorCode::Settings, fmt::format("there is no acme.sh home in {}", folder_.string()),
                  "name the folder that holds account.conf; is it mounted into the container?");
    return std::move(home_);
  }

 private:
  Result<> readCas(const Path& folder, const std::string& host, const std::string& path, int depth) {
    auto names = ports_.files.list(folder);
    if (!names) return depth == 0 ? Result<>(std::unexpected(names.error())) : Result<>();  // a file, not a folder
    for (const std::string& name : *names) {
      if (name == "account.key") {
        if (auto done = readAccount(folder, host, path); !done) return done;
      } else if (depth < kDeepestCaFolder && !name.starts_with("@") && !name.contains(".key") && !name.ends_with(".conf") &&
                 !name.ends_with(".json")) {
        const std::string below = depth == 0 ? "" : path.empty() ? name : path + "/" + name;
        if (auto done = readCas(folder / name, depth == 0 ? name : host, below, depth + 1); !done) return done;
      }
    }
    return {};
  }

  Result<> readAccount(const Path& folder, const std::string& host, const std::string& path) {
    auto key = readText(ports_.files, folder / "account.key");
    if (!key) return std::unexpected(key.error());
    auto configuration = readText(ports_.files, folder / "ca.conf");
    if (!configuration) return std::unexpected(configuration.error());
    auto json = readText(ports_.files, folder / "account.json");
    if (!json) return std::unexpected(json.error());
    Account account{
        .host = host, .path = path, .url = {}, .key_pem = Secret(*key), .configuration = parseConfiguration(*configuration)};
    const auto url = account.configuration.find("ACCOUNT_URL");
    account.url = url != account.configuration.end() ? url->second.reveal() : accountUrlIn(*json);
    home_.accounts.push_back(std::move(account));
    return {};
  }

  Result<> readCertificate(const std::string& name) {
    const std::string domain = name.ends_with(kEcc) ? name.substr(0, name.size() - kEcc.size()) : name;
    const Path folder = folder_ / name;
    if (!domain.contains('.') || domain.starts_with(".") || domain.starts_with("@")) return {};
    auto configuration = ports_.files.read(folder / (domain + ".conf"));
    if (!configuration || !*configuration) return {};  // account.conf, acme.sh itself, a folder of somebody else
    Certificate certificate{
        .domain = domain, .configuration = parseConfiguration(**configuration), .chain_pem = {}, .key_pem = {}};
    auto full = readText(ports_.files, folder / "fullchain.cer");
    if (!full) return std::unexpected(full.error());
    auto key = readText(ports_.files, folder / (domain + ".key"));
    if (!key) return std::unexpected(key.error());
    certificate.chain_pem = *full;
    if (full->empty()) {
      auto leaf = readText(ports_.files, folder / (domain + ".cer"));
      if (!leaf) return std::unexpected(leaf.error());
      auto issuer = readText(ports_.files, folder / "ca.cer");
      if (!issuer) return std::unexpected(issuer.error());
      certificate.chain_pem = leaf->empty() ? "" : *leaf + "\n" + *issuer;
    }
    certificate.key_pem = Secret(*key);
    home_.certificates.push_back(std::move(certificate));
    return {};
  }

  const Ports& ports_;
  Path folder_;
  Home home_;
};

}  // namespace

Configuration parseConfiguration(std::string_view text) {
  Configuration values;
  for (const std::string& line : splitList(text, "\n")) {
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    std::string_view key = trim(std::string_view(line).substr(0, equals));
    if (key.starts_with("export ")) key = trim(key.substr(7));
    if (!isName(key)) continue;
    values.insert_or_assign(std::string(key), Secret(unwrapped(trim(std::string_view(line).substr(equals + 1)))));
  }
  return values;
}

std::optional<Secret> savedIn(const Configuration& configuration, const std::string& name) {
  for (const std::string& key : {"SAVED_" + name, name}) {
    for (const auto& [candidate, value] : configuration) {
      if (equalsIgnoringCase(candidate, key) && !value.empty()) return value;
    }
  }
  return std::nullopt;
}

std::string Certificate::text(const std::string& key) const {
  const auto found = configuration.find(key);
  return found == configuration.end() || found->second.reveal() == "no" ? std::string() : found->second.reveal();
}

std::vector<std::string> Certificate::names() const {
  std::vector<std::string> all{text("Le_Domain").empty() ? domain : text("Le_Domain")};
  for (const std::string& name : splitList(text("Le_Alt"))) {
    if (!std::ranges::contains(all, name)) all.push_back(name);
  }
  return all;
}

std::optional<Secret> Certificate::saved(const std::string& name) const {
  return savedIn(configuration, name);
}

std::string directoryOf(const Home& home, const Certificate& certificate) {
  if (const std::string url = certificate.text("Le_API"); !url.empty()) return url;
  const auto saved = home.configuration.find("DEFAULT_ACME_SERVER");
  return saved == home.configuration.end() ? std::string() : saved->second.reveal();
}

Result<Home> readHome(const Ports& ports, const Path& folder) {
  return Reader(ports, folder).read();
}

}  // namespace sidecert::app::acme_sh
