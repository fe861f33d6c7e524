// Taking over from acme.sh: the accounts with the CAs, the certificates, and the settings as environment variables.
#pragma once

#include <string>
#include <vector>

#include "app/migrate/acme_sh_home.h"
#include "base/ports.h"
#include "base/result.h"
#include "base/secret.h"

namespace sidecert::app {

/// One line of an environment file.
struct ImportedVariable {
  std::string name;  // with CERT_<LABEL>_ in front where certificates differ
  Secret value;
  bool secret = false;
};

struct ImportedSettings {
  std::vector<ImportedVariable> variables;
  std::vector<std::string> notes;  // what could not be carried over, and what an owner should look at
};

/// What Sidecert would have to be told to do the same. Pure.
[[nodiscard]] ImportedSettings settingsOf(const acme_sh::Home&);

/// Puts accounts and certificates into the data folder (which must be locked). What is there already is left alone.
/// @returns one line about each thing taken over or left.
[[nodiscard]] Result<std::vector<std::string>> takeOver(const acme_sh::Home&, const Path& data, double draw, const Ports&);

/// An environment file as Docker and Compose read it: single quotes where a character would otherwise be special.
[[nodiscard]] std::string environmentLine(const std::string& name, std::string_view value);

}  // namespace sidecert::app
