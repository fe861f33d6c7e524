// Which of DSM's certificates is replaced, or whether a new one is made. Pure.
// Why so careful: descriptions are not unique and mostly empty, and a wrong guess replaces somebody else's certificate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dsm/certificates.h"

namespace sidecert::dsm {

struct Wish {
  std::optional<std::string> description;  // SYNO_CERTIFICATE
  bool create = false;                     // SYNO_CREATE
  std::string remembered_id;               // entry of our last import for this wish; may be empty
  std::vector<std::string> names;          // of our certificate, the first names a new entry
};

struct Target {
  std::string id;           // empty: make a new entry
  std::string description;  // to send along; as listed when an entry is replaced
  [[nodiscard]] bool creates() const { return id.empty(); }
};

/// In this order:
/// 1. the remembered id while it is listed, even renamed, unless DSM renews it itself by now;
/// 2. a description: the one entry with exactly this text, or else with this id, whoever made or renews it; of several the
///    one that neither DSM renews nor the NAS made, or the one with exactly our names;
/// 3. no description: the entry named after our first name with exactly our names, the default entry when it has no
///    description, or the only other one without. One that DSM renews itself is not taken here; the one the NAS made for
///    itself only when it is the default and the owner set an empty SYNO_CERTIFICATE;
/// 4. otherwise a new one when `create`, unless one of that description is there already.
/// @returns Settings with every entry listed, and why none was taken, when nothing fits.
[[nodiscard]] Result<Target> chooseTarget(const Wish&, const std::vector<Entry>&);

}  // namespace sidecert::dsm
