// `sidecert account`: which accounts there are at which CAs, and what an owner may want done to one.
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "acme/account_care.h"
#include "acme/known_cas.h"
#include "app/memory/stores.h"
#include "cli/command.h"
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
Result<std::vector<std::string>> directories(const Path& data, const Ports& ports) {
  const Path accounts = state::accountPath(data, "https://ca.example/").parent_path().parent_path();
  const auto folders = ports.files.list(accounts);
  if (!folders) return std::unexpected(folders.error());
  std::vector<std::string> urls;
  for (const std::string& folder : *folders) {
    const auto document = state::readDocument(ports, accounts / folder / "account.json");
    if (!document) return std::unexpected(document.error());
    if (*document) urls.push_back(state::text(**document, "directory"));
  }
  return urls;
}

Result<> list(const Path& data, app::AccountFiles& files, const Ports& ports) {
  const auto urls = directories(data, ports);
  if (!urls) return std::unexpected(urls.error());
  if (urls->empty()) fmt::print("no account yet: the first order makes one\n");
  for (const std::string& url : *urls) {
    const auto account = files.load(url);
    if (!account) return std::unexpected(account.error());
    if (!*account) continue;
    const acme::KnownCa* known = acme::findKnownCa(url);
    const auto key = crypto::PrivateKey::fromPem((*account)->key_pem.reveal());
    fmt::print("{}\n  directory   {}\n  account     {}\n  key         {}, thumbprint {}\n", acme::caName(url), url,
               (*account)->url.empty() ? "not registered yet" : (*account)->url, key ? key->typeText() : "unreadable",
               key ? key->thumbprint() : "-");
    if (known != nullptr && !(*account)->url.empty())
      fmt::print("  CAA         0 issue \"{}; accounturi={}; validationmethods=dns-01\"\n", known->caa_name,
                 (*account)->url);
  }
  return {};
}

Result<> deactivate(const std::string& directory, const Path& data, app::AccountFiles& files, const Ports& ports) {
  if (auto done = acme::deactivateAccount(directory, files, ports); !done) return done;
  const Path folder = state::accountPath(data, directory).parent_path();
  if (auto removed = ports.files.remove(folder); !removed) return within("forgetting the account", removed.error());
  return ports.files.syncDirectory(folder.parent_path());
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
  app::AccountFiles files(data, ports);
  Result<> done;
  if (listing) {
    done = list(data, files, ports);
  } else if (auto volume = state::Volume::open(data, ports); !volume) {
    done = std::unexpected(volume.error());
  } else {
    const acme::KnownCa* known = acme::findKnownCa(words[1]);
    const std::string directory = known == nullptr || words[1].contains("://") ? words[1] : std::string(known->directory);
    done =
        words[0] == "new-key" ? acme::changeAccountKey(directory, files, ports) : deactivate(directory, data, files, ports);
  }
  if (done) return kDone;
  ports.log.error("{}", describe(done.error()));
  return done.error().code == ErrorCode::Settings ? kWrongSettings : kFailed;
}

}  // namespace sidecert::cli
