// What is remembered of one certificate (plan/record.h): the document certificates/<title>/record, and of each NAS what its
// own document says of the certificate (nas_memory.h).
#pragma once

#include "app/memory/memory.h"
#include "app/plan/record.h"
#include "base/result.h"
#include "state/document.h"

namespace sidecert::app {

[[nodiscard]] Result<Record> loadRecord(const Memory&, const std::string& title);
/// Without its targets: those are saved by `saveTarget`.
[[nodiscard]] Result<> saveRecord(const Memory&, const std::string& title, const Record&);

[[nodiscard]] state::Json toJson(const Target&);
[[nodiscard]] Target targetFrom(const state::Json&);

/// The inverse of toString(ErrorCode); Internal for any other text.
[[nodiscard]] ErrorCode errorCodeFrom(std::string_view);

}  // namespace sidecert::app
