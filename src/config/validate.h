// Environment -> Settings. Every fault is found in one go, so the owner restarts the container once, not five times.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/environment.h"
#include "config/settings.h"

namespace sidecert::config {

struct KnownCa {
  std::string name;       // letsencrypt
  std::string directory;  // URL
  bool needs_external_account = false;
  std::string rsa_directory = {};  // where the directory depends on the key: for RSA keys
  bool wants_email = false;
  bool wildcards = true;  // this and the next: for free accounts
  std::size_t most_names = 100;
};

struct KnownProvider {
  std::string id;
  std::vector<std::string> aliases;
  std::vector<std::string> variables;
  std::map<std::string, std::vector<std::string>, std::less<>> also = {};  // other programs' names of some of them
  std::string mistake = {};  // why it cannot be chosen: a mistake in the owner's definition
};

/// What the folders above know and the checks need: words an owner may use.
struct Vocabulary {
  std::function<Result<std::string>(std::string_view)> to_ascii;  // a domain name as it is kept
  std::vector<KnownCa> cas;
  std::vector<KnownProvider> providers;
  std::function<Result<>(std::string_view)> check_notify_url = {};  // empty: any will do
};

struct Validated {
  std::optional<Settings> settings;      // empty when there are faults
  std::vector<std::string> faults = {};  // "VARIABLE: what is wrong and what would be right"
  std::vector<std::string> notes = {};
  std::vector<Path> watched = {};  // files and folders the values came from, also when there are faults
};

/// What the command at hand needs; the rest is neither asked for nor complained about.
enum class Purpose {
  Run,     // everything
  Dns,     // a provider: `txt`
  Deploy,  // a NAS: `deploy`
  Look,    // the data folder, log and network only
};

[[nodiscard]] Validated validate(Environment&, const Vocabulary&, Purpose = Purpose::Run);

}  // namespace sidecert::config
