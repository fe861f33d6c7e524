// The real world, built from the environment: what nearly every command begins with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "app/pass/certificate_pass.h"
#include "base/http/poco_http.h"
#include "base/ports.h"
#include "cli/command.h"
#include "config/validate.h"
#include "dns/resolver.h"
#include "notify/sender.h"

namespace sidecert::cli {

class Runtime {
 public:
  /// Reads the settings for `purpose`; notes and faults go to the log. What a command prints goes to standard output, so its
  /// log goes to standard error unless `log_to_output`.
  /// @returns nothing when the settings have faults (already logged) or the HTTP client cannot be made.
  [[nodiscard]] static std::unique_ptr<Runtime> make(const Invocation&, config::Purpose, bool log_to_output);

  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  /// Gives up what the settings do not need (confinement.h). Before any thread is begun.
  void confineItself() const;

  [[nodiscard]] const config::Settings& settings() const { return settings_; }
  /// Files and folders the settings depend on.
  [[nodiscard]] const std::vector<Path>& watched() const { return watched_; }
  [[nodiscard]] Ports ports() { return {clock_, *http_, files_, log_, stop_.get_token()}; }
  [[nodiscard]] app::World world();
  [[nodiscard]] notify::Sender& sender() { return *sender_; }
  [[nodiscard]] dns::Resolver& resolver() { return *resolver_; }

  /// From now on SIGTERM, SIGINT and SIGHUP stay pending until somebody takes them: as the first process of a container this
  /// one would not get them at all without a handler, and a pass must not end by SIGHUP.
  static void holdSignals();
  /// SIGTERM and SIGINT ask for a stop from now on: waiting ends at once, clean-up still happens.
  void stopOnSignals();
  /// From now on such a signal stays pending, for the program executed next. @returns false when one has come already.
  [[nodiscard]] bool leaveSignalsPending();

 private:
  Runtime(config::Settings settings, bool log_to_output);

  config::Settings settings_;
  std::vector<Path> watched_;
  SystemClock clock_;
  StreamLogSink sink_;
  Log log_;
  PosixFileSystem files_;
  std::unique_ptr<HttpTransport> http_;
  std::unique_ptr<dns::Resolver> resolver_;
  std::unique_ptr<notify::Sender> sender_;
  std::stop_source stop_;
  std::thread signal_watcher_;
};

/// The settings as they were typed, checked; with the definitions an owner has mounted where `purpose` needs a DNS provider.
[[nodiscard]] config::Validated readSettings(const Invocation&, config::Purpose);

/// Reads the DNS providers' definitions an owner has mounted. Mistakes become faults of SIDECERT_PROVIDERS.
void loadDefinitions(config::Environment&, FileSystem&);

/// The words the settings may use: CAs and DNS providers.
[[nodiscard]] config::Vocabulary vocabulary();

}  // namespace sidecert::cli
