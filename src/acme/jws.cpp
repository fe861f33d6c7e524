#include "acme/jws.h"

#include <fmt/format.h>

#include <utility>

#include "acme/json_members.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace sidecert::acme {
namespace {

std::string flattened(const std::string& protected_part, const std::string& payload, std::string_view signature) {
  return toText(Json{{"protected", protected_part}, {"payload", payload}, {"signature", base64Url(signature)}});
}

}  // namespace

std::string signJws(const crypto::PrivateKey& key, std::string_view kid, std::string_view nonce, std::string_view url,
                    std::string_view payload) {
  Json header{{"alg", key.algorithm()}, {"url", url}};
  if (!nonce.empty()) header["nonce"] = nonce;
  if (kid.empty()) {
    header["jwk"] = Json::parse(key.publicJwk());
  } else {
    header["kid"] = kid;
  }
  const std::string protected_part = base64Url(toText(header));
  const std::string payload_part = base64Url(payload);
  return flattened(protected_part, payload_part, key.sign(protected_part + "." + payload_part));
}

std::string bindExternalAccount(const crypto::PrivateKey& account_key, std::string_view kid, std::string_view mac_key,
                                MacAlgorithm algorithm, std::string_view new_account_url) {
  const auto [name, hash] = [algorithm]() -> std::pair<const char*, crypto::Hash> {
    switch (algorithm) {
      case MacAlgorithm::Hs384: return {"HS384", crypto::Hash::Sha384};
      case MacAlgorithm::Hs512: return {"HS512", crypto::Hash::Sha512};
      case MacAlgorithm::Hs256: break;
    }
    return {"HS256", crypto::Hash::Sha256};
  }();
  const std::string protected_part = base64Url(toText(Json{{"alg", name}, {"kid", kid}, {"url", new_account_url}}));
  const std::string payload_part = base64Url(account_key.publicJwk());
  return flattened(protected_part, payload_part, crypto::hmac(hash, mac_key, protected_part + "." + payload_part));
}

Result<Secret> decodeMacKey(const Secret& pasted) {
  std::string text;
  for (const char c : pasted.reveal()) {
    if (c == '+') {
      text += '-';
    } else if (c == '/') {
      text += '_';
    } else if (c != '=' && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      text += c;
    }
  }
  const Secret normalised(std::move(text));
  auto octets = fromBase64Url(normalised.reveal());
  if (!octets || octets->empty()) {
    return fail(ErrorCode::Settings,
                fmt::format("the MAC key of the external account ({} characters) is no base64", pasted.size()),
                "copy ACME_EAB_HMAC_KEY again from the CA's page, whole");
  }
  return Secret(std::move(*octets));
}

}  // namespace sidecert::acme
