// The ACME client's memory as files: the account of each CA, and the order under way of each certificate.
#pragma once

#include "acme/issuance.h"
#include "base/ports.h"

namespace sidecert::app {

/// accounts/<host>-<digest of the directory URL>/account.json: one account per directory URL.
class AccountFiles final : public acme::AccountStore {
 public:
  AccountFiles(Path data, Ports ports) : data_(std::move(data)), ports_(std::move(ports)) {}
  [[nodiscard]] Result<std::optional<acme::StoredAccount>> load(const std::string& directory) override;
  [[nodiscard]] Result<> save(const acme::StoredAccount&) override;

 private:
  Path data_;
  Ports ports_;
};

/// certificates/<title>/order.json
class OrderFile final : public acme::OrderStore {
 public:
  OrderFile(Path certificate_folder, Ports ports)
      : path_(std::move(certificate_folder) / "order.json"), ports_(std::move(ports)) {}
  [[nodiscard]] Result<std::optional<acme::StoredOrder>> load() override;
  [[nodiscard]] Result<> save(const acme::StoredOrder&) override;
  [[nodiscard]] Result<> clear() override;

 private:
  Path path_;
  Ports ports_;
};

}  // namespace sidecert::app
