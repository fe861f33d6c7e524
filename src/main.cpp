#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/life/waiting.h"
#include "base/confinement.h"
#include "cli/command.h"
#include "crypto/built_in.h"

namespace {

[[maybe_unused]] void waitIfTold(int argc, char** argv, char** envp) {
  if (const auto order = sidecert::app::parseWaitOrder(argc, argv)) {
    sidecert::confineProcess();
    _exit(sidecert::app::wait(*order, envp));
  }
}

#ifndef SIDECERT_SANITIZED
// Before any constructor: what they allocate for a working process would stay with a waiting one for weeks.
[[gnu::section(".preinit_array"), gnu::used]] void (*const kBeforeConstructors)(int, char**, char**) = waitIfTold;
#endif

}  // namespace

int main(int argc, char** argv, char** envp) {
  waitIfTold(argc, argv, envp);
  sidecert::confineProcess();

  sidecert::crypto::useBuiltInOpenSslOnly();
  // A peer that closes early is an error of that connection, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  std::map<std::string, std::string> environment;
  for (char** entry = envp; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  try {
    return sidecert::cli::main(std::vector<std::string>(argv + 1, argv + argc), std::move(environment));
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "sidecert: an error nobody thought of: %s\n", bug.what());
    return sidecert::cli::kFailed;
  }
}
