#include "acme/revocation.h"

#include <array>
#include <utility>
#include <vector>

#include "acme/account.h"
#include "acme/client.h"
#include "acme/known_cas.h"
#include "base/encoding.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::array<std::pair<std::string_view, RevocationReason>, 5> kReasons{
    {{"unspecified", RevocationReason::Unspecified},
     {"keyCompromise", RevocationReason::KeyCompromise},
     {"affiliationChanged", RevocationReason::AffiliationChanged},
     {"superseded", RevocationReason::Superseded},
     {"cessationOfOperation", RevocationReason::CessationOfOperation}}};

Result<Directory> directoryThatRevokes(const std::string& url, const Ports& ports) {
  auto directory = fetchDirectory(url, ports);
  if (directory && directory->revoke_certificate.empty())
    return fail(ErrorCode::Settings, caName(url) + " offers no revocation");
  return directory;
}

std::string payloadFor(const crypto::Certificate& certificate, RevocationReason reason) {
  Json payload{{"certificate", base64Url(certificate.toDer())}};
  if (reason != RevocationReason::Unspecified) payload["reason"] = static_cast<int>(reason);
  return toText(payload);
}

Result<Revoked> outcomeOf(AcmeResult<AcmeResponse> answer, const Client& client) {
  if (answer) return Revoked::Now;
  if (answer.error().is("alreadyRevoked")) return Revoked::Before;
  return within("revoking the certificate at " + caName(client.directory().url), std::move(answer.error().error));
}

}  // namespace

std::optional<RevocationReason> revocationReason(std::string_view name_or_number) {
  for (const auto& [name, reason] : kReasons) {
    if (equalsIgnoringCase(name, name_or_number) || std::to_string(static_cast<int>(reason)) == name_or_number)
      return reason;
  }
  return std::nullopt;
}

std::string revocationReasons() {
  std::vector<std::string> names;
  for (const auto& [name, reason] : kReasons) names.emplace_back(name);
  return join(names, ", ");
}

Result<Revoked> revokeByAccount(const std::string& directory, const crypto::Certificate& certificate,
                                RevocationReason reason, AccountStore& accounts, const Ports& ports) {
  auto offered = directoryThatRevokes(directory, ports);
  if (!offered) return std::unexpected(std::move(offered.error()));
  Client client(*std::move(offered), ports);
  if (auto opened = openExistingAccount(client, accounts); !opened) return std::unexpected(std::move(opened.error().error));
  return outcomeOf(client.post(client.directory().revoke_certificate, payloadFor(certificate, reason)), client);
}

Result<Revoked> revokeByKey(const std::string& directory, const crypto::Certificate& certificate, RevocationReason reason,
                            const crypto::PrivateKey& certificate_key, const Ports& ports) {
  if (!certificate.isFor(certificate_key)) return fail(ErrorCode::Settings, "this key is not that certificate's");
  auto offered = directoryThatRevokes(directory, ports);
  if (!offered) return std::unexpected(std::move(offered.error()));
  Client client(*std::move(offered), ports);
  return outcomeOf(
      client.postWithKey(client.directory().revoke_certificate, payloadFor(certificate, reason), certificate_key), client);
}

}  // namespace sidecert::acme
