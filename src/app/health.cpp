#include "app/health.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "app/deploy_window.h"
#include "app/trouble.h"
#include "base/file_error.h"
#include "state/certificate_folder.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

std::string judgeCertificate(const config::CertificateSettings& settings, const View* found, TimePoint now) {
  if (found == nullptr || !found->current) {
    const bool tried = found != nullptr && found->record.issuing.last_error;
    return tried ? fmt::format("no certificate for {} yet: {}", settings.subject(),
                               describe(*found->record.issuing.last_error))
                 : fmt::format("no certificate for {} yet", settings.subject());
  }
  const Current& current = *found->current;
  const std::string why = found->record.issuing.last_error ? ": " + describe(*found->record.issuing.last_error)
                                                           : std::string(": it was not renewed");
  const Deadline deadline = deadlineOf(current.not_before, current.not_after, now);
  if (deadline == Deadline::Passed)
    return fmt::format("{} has expired at {}{}", settings.subject(), toWords(current.not_after), why);
  if (deadline != Deadline::Far)
    return fmt::format("{} expires in {}{}", settings.subject(), toWords(current.not_after - now), why);
  if (worthTelling(found->record.issuing)) return fmt::format("{} cannot be renewed{}", settings.subject(), why);
  if (worthTelling(found->record.dns))
    return fmt::format("{} could not be renewed: {}", settings.subject(), describe(*found->record.dns.last_error));
  for (const config::NasSettings& nas : settings.targets) {
    const bool waits = deployNotBefore(nas, found->record, current.sha256, found->record.issued.value_or(current.not_before),
                                       current.not_after, now) > now;
    const auto target = found->record.targets.find(targetKey(nas));
    if (target == found->record.targets.end() && waits) continue;
    if (target == found->record.targets.end()) return fmt::format("{} has not got the certificate yet", nas.title());
    if (target->second.attempts.last_error)
      return fmt::format("{}: {}", nas.title(), describe(*target->second.attempts.last_error));
    if (target->second.sha256 != current.sha256 && !waits)
      return fmt::format("{} has not got the new certificate yet", nas.title());
  }
  return {};
}

/// Asked without writing: a health check every two minutes must not wake the disks.
Result<> writable(const Path& data) {
  std::error_code ignored;
  if (std::filesystem::exists(data, ignored) && ::access(data.c_str(), W_OK) != 0)
    return storageFailure("write into", data, errno);
  return {};
}

}  // namespace

Result<View> view(const Ports& ports, const Path& data, const std::string& title) {
  const Path folder = state::certificatePath(data, title);
  auto record = loadRecord(ports, folder);
  if (!record) return std::unexpected(record.error());
  auto kept = state::CertificateFolder(folder, ports).current();
  if (!kept) return std::unexpected(kept.error());
  auto ledger = readLedger(ports, data);
  if (!ledger) return std::unexpected(ledger.error());
  View seen{.title = title, .current = std::nullopt, .record = std::move(*record), .ledger = std::move(*ledger)};
  if (*kept) seen.current = describeCurrent(**kept);
  return seen;
}

Result<std::vector<View>> viewAll(const Ports& ports, const Path& data) {
  auto titles = ports.files.list(data / "certificates");
  if (!titles) return std::unexpected(titles.error());
  std::vector<View> views;
  for (const std::string& title : *titles) {
    if (title.starts_with("@")) continue;  // DSM's own @eaDir
    auto seen = view(ports, data, title);
    if (!seen) return std::unexpected(seen.error());
    views.push_back(std::move(*seen));
  }
  return views;
}

Health judge(const config::Settings& settings, const std::vector<View>& views, TimePoint now) {
  std::string good;
  for (const config::CertificateSettings& certificate : settings.certificates) {
    const auto found = std::ranges::find(views, certificate.title(), &View::title);
    const View* seen = found == views.end() ? nullptr : &*found;
    if (std::string bad = judgeCertificate(certificate, seen, now); !bad.empty()) return {.healthy = false, .line = bad};
    good += fmt::format("{}{} valid until {}", good.empty() ? "" : "; ", certificate.subject(),
                        toWords(seen->current->not_after));
  }
  return {.healthy = true, .line = good};
}

Standing standing(const Ports& ports, const Path& data, const config::Validated& validated) {
  Standing all{.settings = validated.settings, .faults = validated.faults, .at = ports.clock.now()};
  auto views = viewAll(ports, data);
  if (views) {
    all.views = std::move(*views);
  } else {
    all.unreadable = views.error();
  }
  if (!all.settings) {
    all.health.line = validated.faults.front();
  } else if (const auto usable = writable(data); !usable) {
    all.health.line = describe(usable.error());
  } else if (all.unreadable) {
    all.health.line = describe(*all.unreadable);
  } else {
    all.health = judge(*all.settings, all.views, all.at);
  }
  return all;
}

}  // namespace sidecert::app
