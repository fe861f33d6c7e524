// A fact in words: as a line of the log, as a message, as JSON.
#pragma once

#include <string>

#include "app/memory/said.h"
#include "app/plan/facts.h"
#include "base/log.h"
#include "notify/message.h"
#include "state/document.h"

namespace sidecert::app {

/// "home.example: the renewal fails: no answer (check ACME_SERVER)".
[[nodiscard]] std::string lineOf(const Fact&);
[[nodiscard]] notify::Message messageOf(const Fact&, TimePoint now);
[[nodiscard]] state::Json jsonOf(const Fact&);

/// The title of what is said when a fact has gone; empty when nothing is. @param key  of a fact of any version
[[nodiscard]] std::string overOf(const std::string& key, const std::string& subject);

/// Says what appeared, what changed and what has gone; what stays and is bad in one line more.
void sayInLog(const Log&, const std::vector<Fact>&, const SaidFacts& said);

}  // namespace sidecert::app
