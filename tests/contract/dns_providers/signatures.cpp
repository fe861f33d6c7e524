#include "contract/dns_providers/signatures.h"

#include <fmt/chrono.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/key.h"

namespace sidecert::testing {
namespace {

using crypto::Hash;
using crypto::hmac;
using With = std::map<std::string, std::string>;

std::string field(const HttpRequest& request, const std::string& name) {
  return request.headers.first(name).value_or("");
}

std::int64_t secondsOf(TimePoint time) {
  return time.time_since_epoch().count() / 1000;
}

bool isNear(std::int64_t seconds, TimePoint near) {
  return std::abs(seconds - secondsOf(near)) < 900;
}

bool isNear(const std::string& seconds, TimePoint near) {
  const auto number = parseNumber(seconds);
  return number && isNear(static_cast<std::int64_t>(*number), near);
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return {};
  const auto end = after.empty() ? std::string::npos : text.find(after, begin + before.size());
  return text.substr(begin + before.size(), end == std::string::npos ? end : end - begin - before.size());
}

// https://help.ovhcloud.com/csm/en-gb-api-getting-started-ovhcloud-api?id=kb_article_view&sysparm_article=KB0042777
std::string ovh(const With& with, HttpRequest& request, TimePoint near) {
  const std::string time = field(request, "X-Ovh-Timestamp");
  if (!isNear(time, near)) return "X-Ovh-Timestamp " + time;
  const auto text = with.at("secret") + "+" + with.at("consumer") + "+" + request.method + "+" + request.url + "+" +
                    request.body + "+" + time;
  if (field(request, "X-Ovh-Application") != with.at("application")) return "X-Ovh-Application";
  return field(request, "X-Ovh-Signature") == "$1$" + hex(crypto::digest(Hash::Sha1, text)) ? "" : "X-Ovh-Signature";
}

// https://www.gname.com/domain/api/jiexi/add
std::string gname(const With& with, HttpRequest& request, TimePoint near) {
  auto fields = splitList(request.body, "&");
  if (fields.empty() || !fields.back().starts_with("gntoken=")) return "gntoken is not the last field";
  const std::string token = fields.back().substr(8);
  fields.pop_back();
  if (!std::ranges::is_sorted(fields)) return "the fields are not in order";
  request.body = join(fields, "&");
  if (token != upper(hex(crypto::digest(Hash::Md5, request.body + with.at("key"))))) return "gntoken " + token;
  const auto time = std::ranges::find_if(fields, [](const std::string& one) { return one.starts_with("gntime="); });
  if (time == fields.end() || !isNear(time->substr(7), near)) return "gntime";
  fields.erase(time);
  request.body = join(fields, "&");
  return {};
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
std::string awsV4(const With& with, HttpRequest& request, TimePoint near) {
  const std::string authorization = field(request, "Authorization");
  const std::string names = between(authorization, "SignedHeaders=", ",");
  const std::string stamp = field(request, "X-Amz-Date");
  if (stamp.substr(0, 8) != fmt::format("{:%Y%m%d}", fmt::gmtime(secondsOf(near)))) return "X-Amz-Date " + stamp;
  const auto url = parseUrl(request.url).value();
  std::string headers;
  for (const auto& name : splitList(names, ";"))
    headers += name + ":" + (name == "host" ? url.host : field(request, name)) + "\n";
  for (const char* name : {"host", "x-amz-date"}) {
    if (!headers.contains(std::string(name) + ":")) return std::string(name) + " is not signed";
  }
  if (with.contains("token") &&
      (field(request, "X-Amz-Security-Token") != with.at("token") || !names.contains("x-amz-security-token")))
    return "X-Amz-Security-Token";
  const auto mark = url.target.find('?');
  auto query = splitList(mark == std::string::npos ? "" : url.target.substr(mark + 1), "&");
  std::ranges::sort(query);
  const std::string canonical = request.method + "\n" + url.target.substr(0, mark) + "\n" + join(query, "&") + "\n" +
                                headers + "\n" + names + "\n" + hex(crypto::sha256(request.body));
  const std::string scope = stamp.substr(0, 8) + "/" + with.at("region") + "/" + with.at("service") + "/aws4_request";
  std::string key = "AWS4" + with.at("secret");
  for (const auto& part : splitList(scope, "/")) key = hmac(Hash::Sha256, key, part);
  const std::string signature =
      hex(hmac(Hash::Sha256, key, "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex(crypto::sha256(canonical))));
  const std::string expected = "AWS4-HMAC-SHA256 Credential=" + with.at("key") + "/" + scope + ", SignedHeaders=" + names +
                               ", Signature=" + signature;
  return authorization == expected ? "" : "Authorization: " + authorization;
}

// What a query or form holds under this name; taken out of it.
std::string take(std::string& pairs, const std::string& name) {
  auto all = splitList(pairs, "&");
  const auto found = std::ranges::find_if(all, [&](const std::string& one) { return one.starts_with(name + "="); });
  if (found == all.end()) return {};
  const std::string value = percentDecode(found->substr(name.size() + 1)).value_or("");
  all.erase(found);
  pairs = join(all, "&");
  return value;
}

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
std::string alibaba(const With& with, HttpRequest& request, TimePoint near) {
  const auto mark = request.url.find('?');
  std::string query = request.url.substr(mark + 1);
  const std::string signature = take(query, "Signature");
  auto pairs = splitList(query, "&");
  std::ranges::sort(pairs);
  const std::string text = request.method + "&%2F&" + percentEncode(join(pairs, "&"));
  if (signature != base64(hmac(Hash::Sha1, with.at("key") + "&", text))) return "Signature " + signature;
  if (take(query, "AccessKeyId") != with.at("id")) return "AccessKeyId";
  const std::string time = take(query, "Timestamp");
  if (!fromIso(time) || !isNear(secondsOf(*fromIso(time)), near)) return "Timestamp " + time;
  if (take(query, "SignatureNonce").size() < 16) return "SignatureNonce";
  if (take(query, "SignatureMethod") != "HMAC-SHA1" || take(query, "SignatureVersion") != "1.0") return "SignatureMethod";
  request.url = request.url.substr(0, mark) + "?" + query;
  return {};
}

// https://www.tencentcloud.com/document/api/1227/61798
std::string tencent(const With& with, HttpRequest& request, TimePoint near) {
  const std::string time = field(request, "X-TC-Timestamp");
  if (!isNear(time, near)) return "X-TC-Timestamp " + time;
  const std::string day = fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(*parseNumber(time))));
  const std::string canonical = "POST\n/\n\ncontent-type:application/json\nhost:" + parseUrl(request.url)->host +
                                "\nx-tc-action:" + lower(field(request, "X-TC-Action")) +
                                "\n\ncontent-type;host;x-tc-action\n" + hex(crypto::sha256(request.body));
  std::string key = "TC3" + with.at("key");
  for (const std::string& part : {day, std::string("dnspod"), std::string("tc3_request")})
    key = hmac(Hash::Sha256, key, part);
  const std::string scope = day + "/dnspod/tc3_request";
  const std::string text = "TC3-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex(crypto::sha256(canonical));
  const std::string expected =
      "TC3-HMAC-SHA256 Credential=" + with.at("id") + "/" + scope +
      ", SignedHeaders=content-type;host;x-tc-action, Signature=" + hex(hmac(Hash::Sha256, key, text));
  return field(request, "Authorization") == expected ? "" : "Authorization " + field(request, "Authorization");
}

// https://techdocs.akamai.com/developer/docs/edgegrid
std::string edgeGrid(const With& with, HttpRequest& request, TimePoint near) {
  const std::string authorization = field(request, "Authorization");
  const std::string stamp = between(authorization, "timestamp=", ";");
  const auto url = parseUrl(request.url).value();
  const std::string start =
      "EG1-HMAC-SHA256 client_token=" + with.at("client") + ";access_token=" + with.at("access") + ";timestamp=";
  if (!authorization.starts_with(start)) return "Authorization " + authorization;
  if (!stamp.starts_with(fmt::format("{:%Y%m%dT}", fmt::gmtime(secondsOf(near)))) || !stamp.ends_with("+0000"))
    return "timestamp " + stamp;
  if (between(authorization, "nonce=", ";").size() < 16) return "nonce";
  const std::string before = authorization.substr(0, authorization.find("signature="));
  const std::string body = request.method == "POST" ? base64(crypto::sha256(request.body)) : "";
  const std::string text = request.method + "\thttps\t" + url.host + "\t" + url.target + "\t\t" + body + "\t" + before;
  const std::string key = base64(hmac(Hash::Sha256, with.at("secret"), stamp));
  return authorization == before + "signature=" + base64(hmac(Hash::Sha256, key, text)) ? "" : "signature";
}

// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
std::string huawei(const With& with, HttpRequest& request, TimePoint near) {
  const std::string stamp = field(request, "X-Sdk-Date");
  if (!stamp.starts_with(fmt::format("{:%Y%m%dT}", fmt::gmtime(secondsOf(near))))) return "X-Sdk-Date " + stamp;
  const auto url = parseUrl(request.url).value();
  const std::string names = between(field(request, "Authorization"), "SignedHeaders=", ",");
  if (!names.contains("host;x-sdk-date")) return "SignedHeaders " + names;
  std::string headers;
  for (const auto& name : splitList(names, ";"))
    headers += name + ":" + (name == "host" ? url.host : field(request, name)) + "\n";
  const auto mark = url.target.find('?');
  auto query = splitList(mark == std::string::npos ? "" : url.target.substr(mark + 1), "&");
  std::ranges::sort(query);
  const std::string canonical = request.method + "\n" + url.target.substr(0, mark) + "/\n" + join(query, "&") + "\n" +
                                headers + "\n" + names + "\n" + hex(crypto::sha256(request.body));
  const std::string text = "SDK-HMAC-SHA256\n" + stamp + "\n" + hex(crypto::sha256(canonical));
  const std::string expected = "SDK-HMAC-SHA256 Access=" + with.at("key") + ", SignedHeaders=" + names +
                               ", Signature=" + hex(hmac(Hash::Sha256, with.at("secret"), text));
  return field(request, "Authorization") == expected ? "" : "Authorization " + field(request, "Authorization");
}

// https://api-docs.dnsmadeeasy.com
std::string dnsMadeEasy(const With& with, HttpRequest& request, TimePoint near) {
  const std::string date = field(request, "x-dnsme-requestDate");
  const auto time = parseHttpDate(date);
  if (!time || !isNear(secondsOf(*time), near)) return "x-dnsme-requestDate " + date;
  if (field(request, "x-dnsme-apiKey") != with.at("key")) return "x-dnsme-apiKey";
  return field(request, "x-dnsme-hmac") == hex(hmac(Hash::Sha1, with.at("secret"), date)) ? "" : "x-dnsme-hmac";
}

// https://api-docs.constellix.com
std::string constellix(const With& with, HttpRequest& request, TimePoint near) {
  const std::string token = field(request, "x-cns-security-token");
  const std::string time = token.substr(token.rfind(':') + 1);
  if (time.size() < 4 || !isNear(time.substr(0, time.size() - 3), near)) return "time " + time;
  return token == with.at("key") + ":" + base64(hmac(Hash::Sha1, with.at("secret"), time)) + ":" + time
             ? ""
             : "x-cns-security-token " + token;
}

// https://rest.websupport.sk/docs/v1.intro
std::string websupport(const With& with, HttpRequest& request, TimePoint near) {
  std::string date = field(request, "Date");
  if (!date.ends_with("+0000")) return "Date " + date;
  const auto time = fromIso(date.substr(0, date.size() - 5) + "Z");
  if (!time || !isNear(secondsOf(*time), near)) return "Date " + date;
  const std::string path = parseUrl(request.url)->target.substr(0, parseUrl(request.url)->target.find('?'));
  const std::string text = request.method + " " + path + " " + std::to_string(secondsOf(*time));
  const std::string expected = "Basic " + base64(with.at("key") + ":" + hex(hmac(Hash::Sha1, with.at("secret"), text)));
  return field(request, "Authorization") == expected ? "" : "Authorization " + field(request, "Authorization");
}

// https://developers.google.com/identity/protocols/oauth2/service-account
std::string jwtBearer(const With& with, HttpRequest& request, TimePoint near) {
  const auto account = nlohmann::json::parse(contentOf(with.at("account")));
  const std::string assertion = take(request.body, "assertion");
  const auto dot = assertion.rfind('.');
  if (dot == std::string::npos) return "assertion " + assertion;
  const auto key = crypto::PrivateKey::fromPem(account["private_key"].get<std::string>());
  if (fromBase64Url(assertion.substr(dot + 1)) != key->sign(assertion.substr(0, dot))) return "signature of the assertion";
  const auto parts = splitList(assertion, ".");
  const auto header = nlohmann::json::parse(fromBase64Url(parts.at(0)).value());
  const auto claims = nlohmann::json::parse(fromBase64Url(parts.at(1)).value());
  if (header["alg"] != "RS256") return "alg";
  if (claims["iss"] != account["client_email"] || claims["aud"] != request.url) return "iss or aud";
  if (claims["scope"] != "https://www.googleapis.com/auth/ndev.clouddns.readwrite") return "scope";
  const auto issued = claims["iat"].get<std::int64_t>();
  return isNear(issued, near) && claims["exp"].get<std::int64_t>() <= issued + 3600 ? "" : "iat or exp";
}

// https://api.transip.nl/rest/docs.html#header-authentication
std::string transIp(const With& with, HttpRequest& request, TimePoint) {
  const auto key = crypto::PrivateKey::fromPem(contentOf(with.at("key")));
  return field(request, "Signature") == base64(key->signPkcs1(Hash::Sha512, request.body).value()) ? "" : "Signature";
}

// https://openapi-v2.exoscale.com/#section/Authentication
std::string exoscale(const With& with, HttpRequest& request, TimePoint near) {
  const std::string authorization = field(request, "Authorization");
  const std::string expires = between(authorization, "expires=", ",");
  const auto number = parseNumber(expires);
  if (!number || std::abs(static_cast<std::int64_t>(*number) - 600 - secondsOf(near)) > 900) return "expires " + expires;
  const std::string target = parseUrl(request.url)->target;
  if (target.contains('?')) return "a query is not expected";
  const std::string text = request.method + " " + target + "\n" + request.body + "\n\n\n" + expires;
  const std::string expected = "EXO2-HMAC-SHA256 credential=" + with.at("key") + ",expires=" + expires +
                               ",signature=" + base64(hmac(Hash::Sha256, with.at("secret"), text));
  return authorization == expected ? "" : "Authorization: " + authorization;
}

// https://libcloud.readthedocs.io/en/stable/dns/drivers/auroradns.html
std::string auroraDns(const With& with, HttpRequest& request, TimePoint near) {
  const std::string date = field(request, "X-AuroraDNS-Date");
  if (!date.starts_with(fmt::format("{:%Y%m%dT}", fmt::gmtime(secondsOf(near)))) || !date.ends_with('Z'))
    return "date " + date;
  const std::string path = between(request.url + "?", "auroradns.eu", "?");
  const std::string signature = base64(hmac(Hash::Sha256, with.at("secret"), request.method + path + date));
  const auto sent = fromBase64(between(field(request, "Authorization") + "\n", "AuroraDNSv1 ", "\n"));
  return sent == with.at("key") + ":" + signature ? "" : "Authorization: " + field(request, "Authorization");
}

// https://cloud.baidu.com/doc/Reference/s/njwvz1yfu
std::string baiduBce(const With& with, HttpRequest& request, TimePoint near) {
  const std::string date = field(request, "x-bce-date");
  if (!fromIso(date) || !isNear(secondsOf(*fromIso(date)), near)) return "x-bce-date " + date;
  const auto parts = splitList(field(request, "Authorization"), "/");
  if (parts.size() != 6 || parts[0] != "bce-auth-v1" || parts[1] != with.at("id") || parts[2] != date)
    return "Authorization: " + field(request, "Authorization");
  if (parts[3] != with.at("expires") || parts[4] != "host;x-bce-date") return "expires or header names";
  const auto url = parseUrl(request.url).value();
  if (url.target.contains('?')) return "a query is not expected";
  const std::string canonical =
      request.method + "\n" + url.target + "\n\nhost:" + url.host + "\nx-bce-date:" + join(splitList(date, ":"), "%3A");
  const std::string key =
      hex(hmac(Hash::Sha256, with.at("key"), "bce-auth-v1/" + with.at("id") + "/" + date + "/" + with.at("expires")));
  return parts[5] == hex(hmac(Hash::Sha256, key, canonical)) ? "" : "signature " + parts[5];
}

// https://docs.jdcloud.com/en/common-declaration/api/signature-step
std::string jdCloud2(const With& with, HttpRequest& request, TimePoint near) {
  const std::string date = field(request, "x-jdcloud-date");
  if (!date.starts_with(fmt::format("{:%Y%m%dT}", fmt::gmtime(secondsOf(near))))) return "x-jdcloud-date " + date;
  if (field(request, "x-jdcloud-nonce").size() < 16) return "x-jdcloud-nonce";
  const std::string authorization = field(request, "Authorization");
  const std::string names = between(authorization, "SignedHeaders=", ",");
  if (names != (request.body.empty() ? "" : "content-type;") + std::string("host;x-jdcloud-date;x-jdcloud-nonce"))
    return "SignedHeaders " + names;
  const auto url = parseUrl(request.url).value();
  std::string headers;
  for (const auto& name : splitList(names, ";"))
    headers += name + ":" + (name == "host" ? url.host : field(request, name)) + "\n";
  const auto mark = url.target.find('?');
  auto query = splitList(mark == std::string::npos ? "" : url.target.substr(mark + 1), "&");
  std::ranges::sort(query);
  const std::string canonical = request.method + "\n" + url.target.substr(0, mark) + "\n" + join(query, "&") + "\n" +
                                headers + "\n" + names + "\n" + hex(crypto::sha256(request.body));
  const std::string scope = date.substr(0, 8) + "/" + with.at("region") + "/" + with.at("service") + "/jdcloud2_request";
  std::string key = "JDCLOUD2" + with.at("secret");
  for (const auto& part : splitList(scope, "/")) key = hmac(Hash::Sha256, key, part);
  const std::string text = "JDCLOUD2-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hex(crypto::sha256(canonical));
  const std::string expected = "JDCLOUD2-HMAC-SHA256 Credential=" + with.at("key") + "/" + scope +
                               ", SignedHeaders=" + names + ", Signature=" + hex(hmac(Hash::Sha256, key, text));
  return authorization == expected ? "" : "Authorization: " + authorization;
}

enum class Padding { Pkcs1, Pss };

// With the public half alone, as a vendor has it.
bool isSignedBy(EVP_PKEY* key, const std::string& signature, const std::string& text, Padding padding) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* settings = nullptr;
  bool good = EVP_DigestVerifyInit(context, &settings, EVP_sha256(), nullptr, key) == 1;
  if (good && padding == Padding::Pss) {
    good = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 32) == 1;
  }
  const auto octets = [](const std::string& of) { return reinterpret_cast<const unsigned char*>(of.data()); };
  good = good && EVP_DigestVerify(context, octets(signature), signature.size(), octets(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

struct KeyFreer {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

EVP_PKEY* testKey(const std::string& path) {
  static std::map<std::string, std::unique_ptr<EVP_PKEY, KeyFreer>> known;
  auto& key = known[path];
  if (!key) {
    const std::string pem = contentOf(path);
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    key.reset(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
    BIO_free(bio);
  }
  return key.get();
}

// https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm
std::string oci(const With& with, HttpRequest& request, TimePoint near) {
  const std::string authorization = field(request, "Authorization");
  const auto date = parseHttpDate(field(request, "Date"));
  if (!date || !isNear(secondsOf(*date), near)) return "Date " + field(request, "Date");
  const std::string key_id = with.at("tenancy") + "/" + with.at("user") + "/" + with.at("fingerprint");
  if (between(authorization, "keyId=\"", "\"") != key_id) return "keyId " + between(authorization, "keyId=\"", "\"");
  if (!authorization.starts_with("Signature version=\"1\",") || !authorization.contains("algorithm=\"rsa-sha256\""))
    return "Authorization: " + authorization;
  if (!request.body.empty() && field(request, "x-content-sha256") != base64(crypto::sha256(request.body)))
    return "x-content-sha256";
  const std::string names = between(authorization, "headers=\"", "\"");
  if (names != "date (request-target) host" +
                   std::string(request.body.empty() ? "" : " content-length content-type x-content-sha256"))
    return "headers " + names;
  const auto url = parseUrl(request.url).value();
  std::vector<std::string> lines;
  for (const auto& name : splitList(names, " ")) {
    lines.push_back(name + ": " +
                    (name == "(request-target)" ? lower(request.method) + " " + url.target
                     : name == "host"           ? url.host
                     : name == "content-length" ? std::to_string(request.body.size())
                                                : field(request, name)));
  }
  const auto signature = fromBase64(between(authorization, "signature=\"", "\""));
  return signature && isSignedBy(testKey(with.at("key")), *signature, join(lines, "\n"), Padding::Pkcs1) ? "" : "signature";
}

// https://yandex.cloud/en/docs/iam/operations/iam-token/create-for-sa
std::string yandexJwt(const With& with, HttpRequest& request, TimePoint near) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("jwt")) return "body " + request.body;
  const std::string jwt = body["jwt"].get<std::string>();
  const auto parts = splitList(jwt, ".");
  if (parts.size() != 3) return "jwt " + jwt;
  const auto header = nlohmann::json::parse(fromBase64Url(parts[0]).value());
  const auto claims = nlohmann::json::parse(fromBase64Url(parts[1]).value());
  if (header["alg"] != "PS256" || header["kid"] != with.at("key_id")) return "alg or kid";
  if (claims["iss"] != with.at("issuer") || claims["aud"] != "https://iam.api.cloud.yandex.net/iam/v1/tokens")
    return "iss or aud";
  const auto issued = claims["iat"].get<std::int64_t>();
  if (!isNear(issued, near) || claims["exp"].get<std::int64_t>() > issued + 3600) return "iat or exp";
  const auto signature = fromBase64Url(parts[2]);
  if (!signature || !isSignedBy(testKey(with.at("key")), *signature, parts[0] + "." + parts[1], Padding::Pss))
    return "signature";
  request.body = "{}";
  return {};
}

}  // namespace

std::string refusal(const std::string& scheme, const With& with, HttpRequest& request, TimePoint near) {
  using Check = std::string (*)(const With&, HttpRequest&, TimePoint);
  static const std::map<std::string, Check> checks = {{"auroradns", auroraDns},
                                                      {"baidu-bce", baiduBce},
                                                      {"exoscale", exoscale},
                                                      {"jdcloud2", jdCloud2},
                                                      {"oci", oci},
                                                      {"yandex-jwt", yandexJwt},
                                                      {"alibaba-rpc", alibaba},
                                                      {"aws-v4", awsV4},
                                                      {"constellix", constellix},
                                                      {"dnsmadeeasy", dnsMadeEasy},
                                                      {"edgegrid", edgeGrid},
                                                      {"gname", gname},
                                                      {"huawei", huawei},
                                                      {"jwt-bearer", jwtBearer},
                                                      {"ovh", ovh},
                                                      {"transip", transIp},
                                                      {"tencent-tc3", tencent},
                                                      {"websupport", websupport}};
  const auto known = checks.find(scheme);
  return known == checks.end() ? "no check for the scheme " + scheme : known->second(with, request, near);
}

}  // namespace sidecert::testing
