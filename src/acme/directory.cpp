#include "acme/directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "acme/json_members.h"
#include "acme/problem.h"
#include "acme/repeats.h"
#include "base/http/http.h"
#include "base/http/links.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr int kMostRedirects = 5;
constexpr int kDirectoryTries = 3;
constexpr std::size_t kMostOffered = 50;  // profiles, and names the CA goes by
constexpr std::size_t kLongestText = 500;
constexpr Duration kLongestExchange = std::chrono::minutes(1);  // it is tried three times, and answers are small

// A URL of the directory must be one we can go to, and must not leave https.
bool usable(const std::string& member, const std::string& directory) {
  return resolveReference(directory, member) == member;
}

std::string optionalUrl(const Json& object, std::string_view name, const std::string& directory) {
  std::string url = textMember(object, name);
  return usable(url, directory) ? url : std::string();
}

std::vector<std::string> shortList(const Json& object, std::string_view name) {
  std::vector<std::string> list = textListMember(object, name);
  std::erase_if(list, [](const std::string& text) { return text != excerpt(text); });
  if (list.size() > kMostOffered) list.resize(kMostOffered);
  return list;
}

Error explained(Error error, const std::string& url) {
  error.what = "asking the CA at " + url + ": " + error.what;
  switch (error.code) {
    case ErrorCode::Unreachable:
      error.hint = "check ACME_SERVER, and that this machine reaches the Internet (name resolution, firewall, HTTPS_PROXY)";
      break;
    case ErrorCode::Untrusted:
      error.hint = "if this is a CA of your own, put its root certificate into SSL_CERT_FILE";
      break;
    case ErrorCode::BadAnswer: error.hint = "check that ACME_SERVER is the URL of an ACME directory"; break;
    default: break;
  }
  return error;
}

Error unwelcome(const HttpResponse& answer, TimePoint now) {
  const auto said = answer.headers.first("Retry-After");
  Error error = toError(readProblem(answer.status, answer.body), said ? parseRetryAfter(*said, now) : std::nullopt);
  if (error.code == ErrorCode::Refused) {
    error.code = ErrorCode::Settings;
    error.hint = "check that ACME_SERVER is the URL of an ACME directory";
  }
  return error;
}

}  // namespace

bool Directory::offersProfile(std::string_view name) const {
  return std::ranges::any_of(profiles, [name](const auto& profile) { return profile.first == name; });
}

HttpRequest requestTo(std::string method, std::string url) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers.set("User-Agent", "sidecert/" SIDECERT_VERSION " (ACME client; Poco)");
  request.headers.set("Accept-Language", "en");
  request.body_limit = kLongestDocument;
  request.total_limit = kLongestExchange;
  return request;
}

Result<Directory> parseDirectory(const std::string& url, std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return within("this is no ACME directory", object.error());
  Directory directory;
  directory.url = url;
  const auto required = {std::pair{"newNonce", &directory.new_nonce}, std::pair{"newAccount", &directory.new_account},
                         std::pair{"newOrder", &directory.new_order}};
  for (const auto& [name, target] : required) {
    *target = textMember(*object, name);
    if (!usable(*target, url)) return fail(ErrorCode::BadAnswer, fmt::format("the ACME directory lacks a usable {}", name));
  }
  directory.revoke_certificate = optionalUrl(*object, "revokeCert", url);
  directory.key_change = optionalUrl(*object, "keyChange", url);
  directory.renewal_info = optionalUrl(*object, "renewalInfo", url);
  while (directory.renewal_info.ends_with('/')) directory.renewal_info.pop_back();
  const Json* meta = member(*object, "meta");
  if (meta == nullptr || !meta->is_object()) return directory;
  directory.terms_of_service = excerpt(textMember(*meta, "termsOfService"), kLongestText);
  directory.caa_identities = shortList(*meta, "caaIdentities");
  directory.external_account_required = flagMember(*meta, "externalAccountRequired");
  directory.account_hash_prefix = textMember(*meta, "accountHashPrefix");
  directory.issuer_domain_names = shortList(*meta, "issuerDomainNames");
  if (const Json* profiles = member(*meta, "profiles"); profiles != nullptr && profiles->is_object()) {
    for (const auto& [name, description] : profiles->items()) {
      if (directory.profiles.size() == kMostOffered || name != excerpt(name)) continue;
      directory.profiles.emplace_back(name, description.is_string() ? description.get<std::string>() : std::string());
    }
  }
  return directory;
}

Result<Directory> fetchDirectory(const std::string& url, const Ports& ports) {
  const auto parsed = parseUrl(url);
  if (!parsed || parsed->scheme != "https") {
    return fail(ErrorCode::Settings, fmt::format("\"{}\" is no https URL", excerpt(url)),
                "set ACME_SERVER to a CA's short name (letsencrypt) or to the https URL of an ACME directory");
  }
  const Effort effort = ports.effort().trying(kDirectoryTries);
  std::string at = url;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    HttpRequest request = requestTo("GET", at);
    const auto answer =
        sendWithRepeats(request, ports, effort, [&](const HttpRequest& each) { return ports.http.send(each, effort); });
    if (!answer) return std::unexpected(explained(answer.error(), at));
    if (answer->status == 200) {
      auto directory = parseDirectory(at, answer->body);
      if (!directory) return std::unexpected(explained(directory.error(), at));
      directory->url = url;
      return directory;
    }
    const auto location = answer->headers.first("Location");
    const bool redirected = answer->status >= 300 && answer->status < 400 && location;
    if (!redirected) return std::unexpected(explained(unwelcome(*answer, ports.clock.now()), at));
    const auto next = resolveReference(at, *location);
    if (!next)
      return std::unexpected(explained(fail(ErrorCode::BadAnswer, "redirected to " + excerpt(*location)).error(), at));
    at = *next;
  }
  return std::unexpected(explained(fail(ErrorCode::BadAnswer, "redirected again and again").error(), url));
}

}  // namespace sidecert::acme
