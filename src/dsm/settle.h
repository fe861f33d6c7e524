// After a call that changes DSM: what became of it? DSM restarts its web server with an import and may cut its own answer,
// so success is what the list shows, and a call without an answer is looked up, never blindly repeated.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/ports.h"
#include "dsm/api.h"

namespace sidecert::dsm {

enum class Fate {
  Done,     // the list shows it
  Undone,   // the list was readable to the end and does not show it
  Unknown,  // DSM could not be asked
};

struct Settled {
  Fate fate = Fate::Unknown;
  std::vector<Entry> entries;       // the last list read
  std::optional<Error> last_error;  // of the last failed try to ask
};

/// How the call ended.
enum class CallEnd {
  Answered,      // DSM said success
  AnswerLost,    // nobody knows
  SessionEnded,  // DSM did nothing, because it did not know the session
};

/// Reads the list until `done` holds, for at most 90 s. After success the list is read at once; after a lost answer DSM gets
/// 5 s first and a new session; after an ended session the first list of a new one decides.
/// @returns an Error only when waiting is pointless: a refused login, or we were asked to stop.
[[nodiscard]] Result<Settled> settle(CertificateApi&, const std::function<bool(const std::vector<Entry>&)>& done, CallEnd,
                                     const Ports&);

}  // namespace sidecert::dsm
