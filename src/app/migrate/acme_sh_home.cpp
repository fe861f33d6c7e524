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
    home_.configuration = parseConfiguration(readText(folder_ / "account.conf"));
    readCas(folder_ / "ca", "", "", 0);
    for (const std::string& name : *names) readCertificate(name);
    if (home_.configuration.empty() && home_.accounts.empty() && home_.certificates.empty())
      return fail(ErrorCode::Settings, fmt::format("there is no acme.sh home in {}", folder_.string()),
                  "name the folder that holds account.conf; is it mounted into the container?");
    return std::move(home_);
  }

 private:
  /// A file that cannot be read holds nothing else up: it is named, and taken as empty.
  std::string readText(const Path& path) {
    auto bytes = ports_.files.read(path);
    if (bytes) return bytes->value_or("");
    ports_.log.warning("{}; it is passed over", bytes.error().what);
    return {};
  }

  void readCas(const Path& folder, const std::string& host, const std::string& path, int depth) {
    const auto names = ports_.files.list(folder);
    if (!names) return;  // a file, not a folder
    for (const std::string& name : *names) {
      if (name == "account.key") {
        readAccount(folder, host, path);
      } else if (depth < kDeepestCaFolder && !name.starts_with("@") && !name.contains(".key") && !name.ends_with(".conf") &&
                 !name.ends_with(".json")) {
        const std::string below = depth == 0 ? "" : path.empty() ? name : path + "/" + name;
        readCas(folder / name, depth == 0 ? name : host, below, depth + 1);
      }
    }
  }

  void readAccount(const Path& folder, const std::string& host, const std::string& path) {
    Account account{.host = host,
                    .path = path,
                    .url = {},
                    .key_pem = Secret(readText(folder / "account.key")),
                    .configuration = parseConfiguration(readText(folder / "ca.conf"))};
    const auto url = account.configuration.find("ACCOUNT_URL");
    account.url =
        url != account.configuration.end() ? url->second.reveal() : accountUrlIn(readText(folder / "account.json"));
    home_.accounts.push_back(std::move(account));
  }

  void readCertificate(const std::string& name) {
    const std::string domain = name.ends_with(kEcc) ? name.substr(0, name.size() - kEcc.size()) : name;
    const Path folder = folder_ / name;
    if (!domain.contains('.') || domain.starts_with(".") || domain.starts_with("@")) return;
    const std::string configuration = readConfigurationOf(folder, domain);
    if (configuration.empty()) return;
    Certificate certificate{
        .domain = domain, .configuration = parseConfiguration(configuration), .chain_pem = {}, .key_pem = {}};
    certificate.chain_pem = readText(folder / "fullchain.cer");
    if (certificate.chain_pem.empty()) {
      const std::string leaf = readText(folder / (domain + ".cer"));
      if (!leaf.empty()) certificate.chain_pem = leaf + "\n" + readText(folder / "ca.cer");
    }
    certificate.key_pem = Secret(readText(folder / (domain + ".key")));
    home_.certificates.push_back(std::move(certificate));
  }

  /// Empty for account.conf, acme.sh itself, a folder of somebody else.
  std::string readConfigurationOf(const Path& folder, const std::string& domain) {
    if (!ports_.files.list(folder)) return {};
    return readText(folder / (domain + ".conf"));
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
