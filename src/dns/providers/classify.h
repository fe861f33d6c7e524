// What an answer means to a step. Pure.
#pragma once

#include <string>
#include <string_view>

#include "dns/providers/answer.h"
#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

enum class Meaning {
  Ok,
  Exists,      // it was there already
  Missing,     // there is no such thing
  Conflict,    // changed meanwhile: read again
  Denied,      // wrong or insufficient credentials
  Slow,        // too many requests
  Busy,        // a passing trouble of the server
  Unreadable,  // no answer of this API: a proxy's page, half an answer
  TooMuch,     // it exceeds a limit: to ask again would not help
  Failed,
};

[[nodiscard]] std::string_view toString(Meaning);

/// The step's own outcomes before the definition's, "slow" of both before all others, at last the status.
[[nodiscard]] Meaning classify(const Outcomes& of_step, const Outcomes& of_all, const Answer&, const Scope&);

/// Which tests of the declared `ok` do not hold, for messages that may not show the answer; empty when none is declared.
[[nodiscard]] std::string whatOkMisses(const Outcomes& of_step, const Outcomes& of_all, const Answer&, const Scope&);

}  // namespace sidecert::dns::providers
