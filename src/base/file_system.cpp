#include "base/file_system.h"

#include <tuple>

namespace sidecert {

Result<> replaceFile(FileSystem& files, const Path& path, std::string_view bytes, unsigned mode) {
  Path draft = path;
  draft += ".new";
  if (auto written = files.writeSynced(draft, bytes, mode); !written) {
    // On a full disk the half-written draft is in the way of everything else; the failure to report is the first one.
    std::ignore = files.remove(draft);
    return written;
  }
  if (auto renamed = files.rename(draft, path); !renamed) return renamed;
  return files.syncDirectory(path.parent_path());
}

Result<> replaceLink(FileSystem& files, const Path& target, const Path& link) {
  Path draft = link;
  draft += ".new";
  if (auto removed = files.remove(draft); !removed) return removed;
  if (auto made = files.makeLink(target, draft); !made) return made;
  if (auto renamed = files.rename(draft, link); !renamed) return renamed;
  return files.syncDirectory(link.parent_path());
}

}  // namespace sidecert
