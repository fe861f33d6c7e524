// The pages that come from the registry, so that they cannot tell anything else than the program does.
#pragma once

#include <string>

namespace sidecert::config {

/// docs/environment.md, as `sidecert variables --markdown` prints it.
[[nodiscard]] std::string environmentPage();

/// compose/.env.example, as `sidecert variables --env` prints it.
[[nodiscard]] std::string exampleEnvironment();

/// What `sidecert variables` prints for people.
[[nodiscard]] std::string variablesForPeople();

}  // namespace sidecert::config
