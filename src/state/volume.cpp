#include "state/volume.h"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <tuple>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "state/folder_store.h"

namespace sidecert::state {
namespace {

constexpr Duration kLockPause{2000};
constexpr std::size_t kSpaceNeeded = 65'536;
constexpr mode_t kOthers = S_IRGRP | S_IROTH;

/// Folders with Synology ACLs and network shares refuse chmod, or take it and do something else. That is the owner's choice,
/// but it decides who can read the keys.
void lookAtMode(const Path& probe, const Path& data, const Log& log) {
  struct stat status{};
  if (::lstat(probe.c_str(), &status) != 0 || (status.st_mode & kOthers) == 0) return;
  log.warning(
      "{} does not keep file permissions (a Synology ACL or a network share decides): whoever may read that folder can read "
      "the private keys in it",
      data.string());
}

Result<> proveWritable(FileSystem& files, const Path& data, const Log& log) {
  if (auto made = files.makeDirectories(data, kPublicDirectory); !made) return made;
  const Path probe = data / ".write-test";
  // As much as an order has to store, so that a full disk is noticed before anything is asked of the CA.
  const std::string bytes(kSpaceNeeded, '.');
  if (auto written = files.writeSynced(probe, bytes, kPrivateFile); !written) {
    std::ignore = files.remove(probe);
    return written;
  }
  lookAtMode(probe, data, log);
  return files.remove(probe);
}

}  // namespace

Result<Volume> Volume::open(const Path& data, const Ports& ports) {
  if (auto writable = proveWritable(ports.files, data, ports.log); !writable)
    return within(fmt::format("the data folder {} cannot be used (SIDECERT_DATA)", data.string()), writable.error());
  bool said = false;
  while (true) {
    auto lease = FolderStore(data, ports).lease("lock");
    if (!lease) return within("locking the data folder", lease.error());
    if (*lease != nullptr) return Volume(data, std::move(*lease));
    if (!said) {
      ports.log.warning(
          "another Sidecert is working in {}; waiting for it to finish. Two containers must not share a data folder",
          data.string());
      said = true;
    }
    if (!ports.clock.sleepFor(kLockPause, ports.stop))
      return fail(ErrorCode::Stopped, "stopped while waiting for the data folder");
  }
}

Path certificatePath(const Path& data, const std::string& title) {
  return data / "certificates" / title;
}

std::string plainName(std::string_view text) {
  std::string result = lower(text);
  std::ranges::replace_if(
      result, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'); }, '_');
  return result;
}

std::string accountKey(const std::string& directory_url) {
  const auto url = parseUrl(directory_url);
  const std::string host = url ? plainName(url->host) : "ca";
  // Two directories of one host are two accounts, so the digest of the whole URL tells them apart.
  return fmt::format("accounts/{}-{}/account", host, hex(crypto::sha256(directory_url)).substr(0, 8));
}

}  // namespace sidecert::state
