// What is remembered, behind a port: JSON documents by key. A folder today (state/folder_store.h); whatever keeps the
// contract in tests/unit/state/store_contract.h may take its place. PEM files for other programs are no documents and stay
// files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "state/document.h"

namespace sidecert::state {

/// Every document carries "schema". A newer one than this program knows was written by a newer Sidecert and is an error.
inline constexpr int kSchema = 1;

/// Which state of a document was seen; opaque. Empty: there was no such document.
using Revision = std::string;

struct Document {
  Json body;  // null when what lies there cannot be understood
  Revision revision;
};

/// Held until destroyed; let go of by whoever keeps the store when the holder dies.
class Lease {
 public:
  Lease() = default;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  virtual ~Lease() = default;
};

/// Keys are paths of plain names: "certificates/home.example/record". Safe to use from several threads and processes.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// Changes nothing, whatever it finds: what cannot be understood is set aside by the next `put`.
  /// @returns nothing when there is no such document; Storage when it is of a newer schema or out of reach.
  [[nodiscard]] virtual Result<std::optional<Document>> get(const std::string& key) = 0;

  /// Replaces the whole document; nothing as `body` takes it away. After a power cut it is the old or the new one.
  /// @param expected  what `get` or `put` said last; another state of the document is left alone
  /// @returns the new revision; Refused when the document is another than `expected`.
  [[nodiscard]] virtual Result<Revision> put(const std::string& key, std::optional<Json> body, const Revision& expected) = 0;

  /// Keys that begin with this folder of keys ("certificates/home.example"; empty: all), sorted. Names that are not ours and
  /// what was set aside are left out.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;

  /// @returns nothing when somebody else holds it. Does not wait.
  [[nodiscard]] virtual Result<std::unique_ptr<Lease>> lease(const std::string& name) = 0;
};

/// The document's body.
[[nodiscard]] Result<std::optional<Json>> read(Store&, const std::string& key);
/// Replaces it whatever it was: for the holder of the lease.
[[nodiscard]] Result<> write(Store&, const std::string& key, Json body);
/// Changes part of it: again from the start when somebody else was faster. Writes nothing when `change` changes nothing.
/// @param change  is given an empty object when there is no document
[[nodiscard]] Result<> update(Store&, const std::string& key, const std::function<void(Json&)>& change);
/// Takes it away; it may be missing.
[[nodiscard]] Result<> erase(Store&, const std::string& key);

}  // namespace sidecert::state
