#include "acme/account_care.h"

#include "acme/account.h"
#include "acme/client.h"
#include "acme/jws.h"
#include "acme/known_cas.h"

namespace sidecert::acme {

Result<> changeAccountKey(const std::string& directory, AccountStore& store, const Ports& ports) {
  const auto offered = fetchDirectory(directory, ports);
  if (!offered) return std::unexpected(offered.error());
  if (offered->key_change.empty())
    return fail(ErrorCode::Settings, caName(directory) + " offers no change of the account key");
  Client client(*offered, ports);
  auto account = openExistingAccount(client, store);
  if (!account) return std::unexpected(account.error().error);
  const crypto::PrivateKey fresh = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  account->pending_key_pem = fresh.toPem();
  if (auto saved = store.save(*account); !saved) return within("saving the new account key", saved.error());
  const Json inner{{"account", account->url}, {"oldKey", Json::parse(client.key().publicJwk())}};
  const std::string payload = signJws(fresh, {}, {}, offered->key_change, toText(inner));
  if (const auto answer = client.post(offered->key_change, payload, Repeat::Never); !answer) {
    // Where the CA said no, the old key stays; where nobody knows, the next run asks.
    if (answer.error().problem && answer.error().problem->status < 500) {
      account->pending_key_pem.reset();
      if (auto saved = store.save(*account); !saved) return within("saving the account", saved.error());
    }
    return within("changing the account key at " + caName(directory), answer.error().error);
  }
  account->key_pem = fresh.toPem();
  account->pending_key_pem.reset();
  if (auto saved = store.save(*account); !saved) return within("saving the new account key", saved.error());
  ports.log.info("Account key changed at {}", caName(directory));
  return {};
}

Result<> deactivateAccount(const std::string& directory, AccountStore& store, const Ports& ports) {
  const auto offered = fetchDirectory(directory, ports);
  if (!offered) return std::unexpected(offered.error());
  Client client(*offered, ports);
  if (auto opened = openExistingAccount(client, store); !opened) return std::unexpected(opened.error().error);
  const auto answer = client.post(client.account(), toText(Json{{"status", "deactivated"}}));
  if (!answer) return within("deactivating the account at " + caName(directory), answer.error().error);
  ports.log.info("Account {} deactivated", client.account());
  return {};
}

}  // namespace sidecert::acme
