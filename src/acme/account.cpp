#include "acme/account.h"

#include <fmt/format.h>

#include <utility>

#include "acme/known_cas.h"
#include "base/http/links.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::string_view kEabHint =
    "create an external account (EAB) on the CA's pages and set ACME_EAB_KID and ACME_EAB_HMAC_KEY";

struct Registered {
  std::string url;
  bool created = false;
};

AcmeResult<> save(AccountStore& store, const StoredAccount& account) {
  if (auto saved = store.save(account); !saved) return passOnOurs(within("saving the account", saved.error()).error());
  return {};
}

AcmeResult<crypto::PrivateKey> readKey(const Secret& pem) {
  auto key = crypto::PrivateKey::fromPem(pem.reveal());
  if (!key) return passOn(within("reading the account key", key.error()).error());
  return *std::move(key);
}

AcmeResult<Registered> newAccount(Client& client, const Json& payload, const crypto::PrivateKey& key) {
  const std::string& at = client.directory().new_account;
  auto answer = client.postWithKey(at, toText(payload), key);
  if (!answer) return std::unexpected(std::move(answer.error()));
  const auto location = answer->headers.first("Location");
  const auto url = location ? resolveReference(at, *location) : std::nullopt;
  if (!url) return failed(ErrorCode::BadAnswer, "the CA named no URL for the account");
  return Registered{*url, answer->status == 201};
}

// The account this key belongs to, if the CA knows one.
AcmeResult<std::optional<std::string>> lookUp(Client& client, const crypto::PrivateKey& key) {
  auto found = newAccount(client, Json{{"onlyReturnExisting", true}}, key);
  if (found) return std::optional(found->url);
  if (found.error().is("accountDoesNotExist")) return std::optional<std::string>();
  return whileDoing("looking the account up at " + caName(client.directory().url), std::move(found.error()));
}

// The same where nobody knows whether a registration took effect. Some CAs look for an external account before they look
// for ours: whatever "no" they say, the registration itself will tell.
AcmeResult<std::optional<std::string>> lookUpBeforeRegistering(Client& client, const crypto::PrivateKey& key) {
  auto found = lookUp(client, key);
  if (found || !found.error().problem || found.error().problem->status >= 500 ||
      found.error().error.code == ErrorCode::RateLimited) {
    return found;
  }
  client.ports().log.debug("{}; registering", found.error().error.what);
  return std::optional<std::string>();
}

AcmeResult<std::optional<Json>> externalBinding(Client& client, const AccountWish& wish, const crypto::PrivateKey& key) {
  const Directory& directory = client.directory();
  const KnownCa* ca = findKnownCa(directory.url);
  std::optional<ExternalAccount> external = wish.external_account;
  // In a list of CAs the pair is another one's.
  if (ca != nullptr && !ca->needs_eab && !directory.external_account_required) external.reset();
  if (!external && directory.external_account_required) {
    if (ca == nullptr || ca->eab_by_email.empty()) {
      return failed(ErrorCode::Settings, caName(directory.url) + " wants an external account", std::string(kEabHint));
    }
    auto fetched = fetchExternalAccount(*ca, wish.contacts, client.ports());
    if (!fetched) return passOn(std::move(fetched.error()));
    external = *std::move(fetched);
  }
  if (!external) return std::optional<Json>();
  const auto mac_key = decodeMacKey(external->hmac_key);
  if (!mac_key) return passOn(mac_key.error());
  const std::string bound =
      bindExternalAccount(key, external->kid, mac_key->reveal(), external->algorithm, directory.new_account);
  return std::optional(Json::parse(bound));
}

Error explained(Failure failure, const AccountWish& wish) {
  if (wish.external_account && (failure.is("unauthorized") || failure.is("malformed"))) {
    failure.error.code = ErrorCode::Settings;
    failure.error.hint = fmt::format(
        "check ACME_EAB_KID ({}) and ACME_EAB_HMAC_KEY ({} characters): each pair works at one CA, at "
        "some only once and for a few days",
        excerpt(wish.external_account->kid, 60), wish.external_account->hmac_key.size());
  }
  return failure.error;
}

AcmeResult<> registerKey(Client& client, const AccountWish& wish, StoredAccount account, AccountStore& store) {
  const Directory& directory = client.directory();
  const std::string ca = caName(directory.url);
  auto key = readKey(account.key_pem);
  if (!key) return std::unexpected(std::move(key.error()));
  auto binding = externalBinding(client, wish, *key);
  if (!binding) return std::unexpected(std::move(binding.error()));
  Json payload{{"termsOfServiceAgreed", true}};
  if (!wish.contacts.empty()) payload["contact"] = wish.contacts;
  if (*binding) payload["externalAccountBinding"] = **binding;
  auto registered = newAccount(client, payload, *key);
  if (!registered) {
    Failure failure = std::move(registered.error());
    failure.error = explained(failure, wish);
    return whileDoing("registering an account at " + ca, std::move(failure));
  }
  account.url = registered->url;
  account.contacts = wish.contacts;
  if (auto saved = save(store, account); !saved) return saved;
  if (registered->created) {
    client.ports().log.info(
        "Account created at {}{}: {}", ca,
        directory.terms_of_service.empty() ? "" : " (terms of service: " + directory.terms_of_service + ")", account.url);
  } else {
    client.ports().log.info("Account found at {}: {}", ca, account.url);
  }
  client.use(*std::move(key), account.url);
  return {};
}

// The key was on disk when a run was cut, or lost the answer: an external account that is valid once may have been used.
AcmeResult<> finishRegistration(Client& client, const AccountWish& wish, StoredAccount account, AccountStore& store) {
  auto key = readKey(account.key_pem);
  if (!key) return std::unexpected(std::move(key.error()));
  auto known = lookUpBeforeRegistering(client, *key);
  if (!known) return std::unexpected(std::move(known.error()));
  if (!*known) return registerKey(client, wish, std::move(account), store);
  account.url = **known;
  if (auto saved = save(store, account); !saved) return saved;
  client.ports().log.info("Account found at {}: {}", caName(client.directory().url), account.url);
  client.use(*std::move(key), account.url);
  return {};
}

// A kill between the CA's consent to a new key and our writing it down: whose key does the CA know? (section 7.3.5)
AcmeResult<> endRollover(Client& client, StoredAccount& account, AccountStore& store) {
  auto pending = readKey(*account.pending_key_pem);
  if (!pending) return std::unexpected(std::move(pending.error()));
  auto known = lookUp(client, *pending);
  if (!known) return std::unexpected(std::move(known.error()));
  if (*known) {
    account.key_pem = *account.pending_key_pem;
    account.url = **known;
    client.ports().log.info("A change of the account key that was cut short had reached {}: the new key is in use",
                            caName(client.directory().url));
  } else {
    client.ports().log.info("A change of the account key that was cut short had not reached {}: the old key stays",
                            caName(client.directory().url));
  }
  account.pending_key_pem.reset();
  return save(store, account);
}

void updateContacts(Client& client, StoredAccount& account, const AccountWish& wish, AccountStore& store) {
  const Json payload{{"contact", wish.contacts}};
  const auto answer = client.post(account.url, toText(payload));
  if (!answer) {
    client.ports().log.warning("{} did not take the new contact address: {}. The certificate does not depend on it",
                               caName(client.directory().url), describe(answer.error().error));
    return;
  }
  account.contacts = wish.contacts;
  if (const auto saved = store.save(account); !saved)
    client.ports().log.warning("saving the account: {}", describe(saved.error()));
  client.ports().log.info("Contact address of the account changed");
}

}  // namespace

AcmeResult<> openAccount(Client& client, const AccountWish& wish, AccountStore& store) {
  const Directory& directory = client.directory();
  auto loaded = store.load(directory.url);
  if (!loaded) return passOn(loaded.error());
  if (!*loaded) {
    if (directory.external_account_required && !wish.external_account) {
      const KnownCa* ca = findKnownCa(directory.url);
      if (ca == nullptr || ca->eab_by_email.empty()) {
        return failed(ErrorCode::Settings, caName(directory.url) + " wants an external account", std::string(kEabHint));
      }
    }
    StoredAccount account;
    account.directory = directory.url;
    account.key_pem = crypto::PrivateKey::generate(crypto::KeyType::EcP256).toPem();
    account.contacts = wish.contacts;
    if (auto saved = save(store, account); !saved) return saved;
    return registerKey(client, wish, std::move(account), store);
  }
  StoredAccount account = **std::move(loaded);
  if (account.pending_key_pem) {
    if (auto ended = endRollover(client, account, store); !ended) return ended;
  }
  if (account.url.empty()) return finishRegistration(client, wish, std::move(account), store);
  auto key = readKey(account.key_pem);
  if (!key) return std::unexpected(std::move(key.error()));
  client.use(*std::move(key), account.url);
  if (account.contacts != wish.contacts) updateContacts(client, account, wish, store);
  client.ports().log.debug("account {}", account.url);
  return {};
}

AcmeResult<StoredAccount> openExistingAccount(Client& client, AccountStore& store) {
  const std::string& directory = client.directory().url;
  auto loaded = store.load(directory);
  if (!loaded) return passOn(loaded.error());
  if (!*loaded || (*loaded)->url.empty())
    return failed(ErrorCode::Settings, "there is no account at " + caName(directory), "check ACME_SERVER");
  if (auto opened = openAccount(client, {.contacts = (*loaded)->contacts, .external_account = {}}, store); !opened)
    return std::unexpected(std::move(opened.error()));
  auto after = store.load(directory);
  if (!after) return passOn(after.error());
  return (*after).value_or(**loaded);
}

AcmeResult<> recoverAccount(Client& client, const AccountWish& wish, AccountStore& store) {
  const std::string ca = caName(client.directory().url);
  auto loaded = store.load(client.directory().url);
  if (!loaded) return passOn(loaded.error());
  if (!*loaded) return failed(ErrorCode::Storage, "the stored account is gone");
  StoredAccount account = **std::move(loaded);
  const std::string before = account.url;
  client.ports().log.warning("{} no longer knows the account {}", ca, before);
  auto known = lookUp(client, client.key());
  if (!known) return std::unexpected(std::move(known.error()));
  if (*known) {
    account.url = **known;
    if (auto saved = save(store, account); !saved) return saved;
    client.use(client.key(), account.url);
  } else if (auto again = registerKey(client, wish, std::move(account), store); !again) {
    return again;
  }
  if (client.account() != before) {
    client.ports().log.warning(
        "the account of the same key is {} now: where a CAA record (accounturi) or a dns-persist-01 record names the old "
        "one, "
        "change it",
        client.account());
  }
  return {};
}

}  // namespace sidecert::acme
