// What is remembered between passes: documents in a store, and the folder with the files that other programs read.
#pragma once

#include <memory>
#include <string>

#include "base/ports.h"
#include "state/store.h"

namespace sidecert::app {

/// Cheap to copy.
struct Memory {
  std::shared_ptr<state::Store> store;
  Path data;  // below it certificates/<title>/current
};

/// Documents beside the files, in the data folder.
[[nodiscard]] Memory memoryIn(const Path& data, const Ports&);

/// The key of a document about one certificate: "certificates/home.example/record".
[[nodiscard]] std::string certificateKey(const std::string& title, std::string_view document);

}  // namespace sidecert::app
