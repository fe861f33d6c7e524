#include "app/stores.h"

#include "state/document.h"
#include "state/volume.h"

namespace sidecert::app {

using state::Json;

Result<std::optional<acme::StoredAccount>> AccountFiles::load(const std::string& directory) {
  auto document = state::readDocument(ports_, state::accountPath(data_, directory));
  if (!document) return std::unexpected(document.error());
  if (!*document) return std::nullopt;
  const Json& object = **document;
  acme::StoredAccount account{.directory = state::text(object, "directory"),
                              .url = state::text(object, "url"),
                              .key_pem = Secret(state::text(object, "key")),
                              .pending_key_pem = std::nullopt,
                              .contacts = state::texts(object, "contacts")};
  if (const std::string pending = state::text(object, "pendingKey"); !pending.empty())
    account.pending_key_pem = Secret(pending);
  if (account.key_pem.empty()) return std::nullopt;
  return account;
}

Result<> AccountFiles::save(const acme::StoredAccount& account) {
  Json object{{"directory", account.directory},
              {"url", account.url},
              {"key", account.key_pem.reveal()},
              {"contacts", account.contacts}};
  if (account.pending_key_pem) object["pendingKey"] = account.pending_key_pem->reveal();
  return state::writeDocument(ports_.files, state::accountPath(data_, account.directory), std::move(object));
}

Result<std::optional<acme::StoredOrder>> OrderFile::load() {
  auto document = state::readDocument(ports_, path_);
  if (!document) return std::unexpected(document.error());
  if (!*document) return std::nullopt;
  const Json& object = **document;
  acme::StoredOrder order{.directory = state::text(object, "directory"),
                          .account = state::text(object, "account"),
                          .url = state::text(object, "url"),
                          .names = state::texts(object, "names"),
                          .profile = state::text(object, "profile"),
                          .key_pem = Secret(state::text(object, "key")),
                          .created = state::time(object, "created").value_or(TimePoint{})};
  return order;
}

Result<> OrderFile::save(const acme::StoredOrder& order) {
  return state::writeDocument(ports_.files, path_,
                              Json{{"directory", order.directory},
                                   {"account", order.account},
                                   {"url", order.url},
                                   {"names", order.names},
                                   {"profile", order.profile},
                                   {"key", order.key_pem.reveal()},
                                   {"created", toIso(order.created)}});
}

Result<> OrderFile::clear() {
  if (auto removed = ports_.files.remove(path_); !removed) return removed;
  return ports_.files.syncDirectory(path_.parent_path());
}

}  // namespace sidecert::app
