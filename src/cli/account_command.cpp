// `sidecert account`: which accounts there are at which CAs, and what an owner may want done to one.
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "acme/account_care.h"
#include "acme/known_cas.h"
#include "app/memory/acme_memory.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"
#include "state/document.h"
#include "state/volume.h"

namespace sidecert::cli {
namespace {

constexpr const char* kAccountUsage =
    "usage: sidecert account                    lists the accounts at CAs\n"
    "       sidecert account new-key CA         gives one a new key; its URL stays\n"
    "       sidecert account deactivate CA      for good: the CA never takes this key again\n"
    "  CA  as in ACME_SERVER\n";

/// Directory URLs of which there is an account.
Result<std::vector<std::string>> directories(const app::Memory& memory) {
  const auto keys = memory.store->list("accounts");
  if (!keys) return std::unexpected(keys.error());
  std::vector<std::string> urls;
  for (const std::string& key : *keys) {
    const auto document = state::read(*memory.store, key);
    if (!document) return std::unexpected(document.error());
    if (*document) urls.push_back(state::text(**document, "directory"));
  }
  return urls;
}

Result<> list(const app::Memory& memory, app::AccountMemory& accounts) {
  const auto urls = directories(memory);
  if (!urls) return std::unexpected(urls.error());
  if (urls->empty()) printOut("no account yet: the first order makes one\n");
  for (const std::string& url : *urls) {
    const auto account = accounts.load(url);
    if (!account) return std::unexpected(account.error());
    if (!*account) continue;
    const acme::KnownCa* known = acme::findKnownCa(url);
    const auto key = crypto::PrivateKey::fromPem((*account)->key_pem.reveal());
    printOut("{}\n  directory   {}\n  account     {}\n  key         {}, thumbprint {}\n", acme::caName(url), url,
             (*account)->url.empty() ? "not registered yet" : (*account)->url, key ? key->typeText() : "unreadable",
             key ? key->thumbprint() : "-");
    if (known != nullptr && !(*account)->url.empty())
      printOut("  CAA         0 issue \"{}; accounturi={}; validationmethods=dns-01\"\n", known->caa_name, (*account)->url);
  }
  return {};
}

Result<> deactivate(const std::string& directory, const app::Memory& memory, app::AccountMemory& accounts,
                    const Ports& ports) {
  if (auto done = acme::deactivateAccount(directory, accounts, ports); !done) return done;
  if (auto erased = state::erase(*memory.store, state::accountKey(directory)); !erased)
    return within("forgetting the account", erased.error());
  return {};
}

}  // namespace

int account(const Invocation& invocation) {
  const std::vector<std::string>& words = invocation.arguments;
  const bool listing = words.empty();
  if (!listing && (words.size() != 2 || (words[0] != "new-key" && words[0] != "deactivate"))) {
    std::fputs(kAccountUsage, stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, !listing);
  if (runtime == nullptr) return kWrongSettings;
  runtime->stopOnSignals();
  const Ports ports = runtime->ports();
  const Path& data = runtime->settings().data;
  const app::Memory memory = app::memoryIn(data, ports);
  app::AccountMemory accounts(memory, ports);
  Result<> done;
  if (listing) {
    done = list(memory, accounts);
  } else if (auto volume = state::Volume::open(data, ports); !volume) {
    done = std::unexpected(volume.error());
  } else {
    const acme::KnownCa* known = acme::findKnownCa(words[1]);
    const std::string directory = known == nullptr || words[1].contains("://") ? words[1] : std::string(known->directory);
    done = words[0] == "new-key" ? acme::changeAccountKey(directory, accounts, ports)
                                 : deactivate(directory, memory, accounts, ports);
  }
  if (done) return kDone;
  ports.log.error("{}", describe(done.error()));
  return done.error().code == ErrorCode::Settings ? kWrongSettings : kFailed;
}

}  // namespace sidecert::cli
