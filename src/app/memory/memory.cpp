#include "app/memory/memory.h"

#include <fmt/format.h>

#include "state/folder_store.h"

namespace sidecert::app {

Memory memoryIn(const Path& data, const Ports& ports) {
  return {.store = std::make_shared<state::FolderStore>(data, ports), .data = data};
}

std::string certificateKey(const std::string& title, std::string_view document) {
  return fmt::format("certificates/{}/{}", title, document);
}

}  // namespace sidecert::app
