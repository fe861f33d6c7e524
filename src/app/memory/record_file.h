// certificates/<title>/record.json: what is remembered of one certificate (plan/record.h).
#pragma once

#include "app/plan/record.h"
#include "base/ports.h"
#include "base/result.h"
#include "state/document.h"

namespace sidecert::app {

[[nodiscard]] Result<Record> loadRecord(const Ports&, const Path& certificate_folder);
[[nodiscard]] Result<> saveRecord(FileSystem&, const Path& certificate_folder, const Record&);

/// The record as `status --json` shows it, which is as it is saved.
[[nodiscard]] state::Json toJson(const Record&);

/// The inverse of toString(ErrorCode); Internal for any other text.
[[nodiscard]] ErrorCode errorCodeFrom(std::string_view);

}  // namespace sidecert::app
