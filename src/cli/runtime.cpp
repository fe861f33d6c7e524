#include "cli/runtime.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "acme/known_cas.h"
#include "base/confinement.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/name.h"
#include "dns/providers/catalogue.h"
#include "dns/system_names.h"
#include "notify/address.h"

namespace sidecert::cli {
namespace {

constexpr const char* kPublicTrust = "/etc/ssl/certs/ca-certificates.crt";

sigset_t stopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void loadDefinitions(config::Environment& environment, FileSystem& files) {
  const config::Variable& variable = config::variables::kProviders;
  const auto typed = environment.get(variable);
  const bool is_set = typed && !trim(typed->reveal()).empty();
  const Path folder = is_set ? Path(trim(typed->reveal())) : Path(variable.fallback);
  const auto data = environment.get(config::variables::kData);
  const dns::providers::Mounted mounted = dns::providers::loadMounted(
      files, folder, data ? Path(trim(data->reveal())) : Path(config::variables::kData.fallback));
  for (const std::string& news : mounted.news) environment.note(news + "; a definition is trusted like code");
  // A definition with mistakes stops its own provider alone: choosing that one is the fault, and names them.
  for (const std::string& mistake : mounted.mistakes) environment.note(fmt::format("{}: {}", variable.name, mistake));
  if (is_set && mounted.loaded == 0 && mounted.mistakes.empty())
    environment.fault(variable.name, fmt::format("there is no *.json in {}; is it mounted?", folder.string()));
}

config::Vocabulary vocabulary() {
  config::Vocabulary words{.to_ascii = dns::toAscii, .cas = {}, .providers = {}};
  for (const acme::KnownCa& ca : acme::knownCas())
    words.cas.push_back({.name = std::string(ca.short_name),
                         .directory = std::string(ca.directory),
                         .needs_external_account = ca.needs_eab && ca.eab_by_email.empty(),
                         .rsa_directory = std::string(ca.rsa_directory),
                         .wants_email = ca.wants_email,
                         .wildcards = ca.wildcards,
                         .most_names = ca.most_names});
  for (const dns::providers::Entry& provider : dns::providers::catalogue())
    words.providers.push_back({.id = provider.id,
                               .aliases = provider.aliases,
                               .variables = provider.variables,
                               .also = provider.also,
                               .mistake = provider.mistake});
  words.check_notify_url = [](std::string_view url) -> Result<> {
    const auto address = notify::parseAddress(url);
    return address ? Result<>() : std::unexpected(address.error());
  };
  return words;
}

config::Validated readSettings(const Invocation& invocation, config::Purpose purpose) {
  PosixFileSystem files;
  config::Environment environment(invocation.environment, files);
  if (purpose == config::Purpose::Run || purpose == config::Purpose::Dns) loadDefinitions(environment, files);
  return config::validate(environment, vocabulary(), purpose);
}

Runtime::Runtime(config::Settings settings, bool log_to_output)
    : settings_(std::move(settings)),
      sink_(clock_, log_to_output ? STDOUT_FILENO : STDERR_FILENO, settings_.log_level, settings_.log_format),
      log_(sink_),
      files_(settings_.data) {}

std::unique_ptr<Runtime> Runtime::make(const Invocation& invocation, config::Purpose purpose, bool log_to_output) {
  config::Validated validated = readSettings(invocation, purpose);
  std::unique_ptr<Runtime> runtime(new Runtime(validated.settings.value_or(config::Settings{}), log_to_output));
  for (const std::string& note : validated.notes) runtime->log_.warning("{}", note);
  for (const std::string& fault : validated.faults) runtime->log_.error("{}", fault);
  if (!validated.settings) return nullptr;
  runtime->watched_ = validated.watched;
  if (purpose != config::Purpose::Look) runtime->confineItself();

  HttpOptions options{.user_agent = "sidecert/" SIDECERT_VERSION " (Poco)",
                      .trust_files = runtime->settings_.trust_files,
                      .https_proxy = runtime->settings_.https_proxy.reveal(),
                      .http_proxy = runtime->settings_.http_proxy.reveal(),
                      .all_proxy = runtime->settings_.all_proxy.reveal(),
                      .no_proxy = runtime->settings_.no_proxy};
  std::error_code ignored;
  if (std::filesystem::exists(kPublicTrust, ignored)) options.trust_files.insert(options.trust_files.begin(), kPublicTrust);
  const std::vector<std::string> trust_files = options.trust_files;
  auto http = makePocoHttp(std::move(options), runtime->log_, dns::makeSystemNames(runtime->log_));
  if (!http) {
    runtime->log_.error("{}", describe(http.error()));
    return nullptr;
  }
  runtime->http_ = std::move(*http);
  runtime->sender_ = std::make_unique<notify::NetworkSender>(*runtime->http_, trust_files, runtime->clock_);
  runtime->resolver_ = dns::makeResolver(runtime->settings_.dns_resolvers, runtime->log_);
  return runtime;
}

void Runtime::confineItself() const {
  // The host's own tool is a program of another system that is run as it wants to be (SYNO_USE_TEMP_ADMIN).
  const bool runs_host_tool = std::ranges::any_of(settings_.certificates, [](const config::CertificateSettings& each) {
    return std::ranges::any_of(each.targets, &config::NasSettings::use_temp_admin);
  });
  if (!runs_host_tool) confine(settings_.data);
  log_.debug("confined: {}", join(confinementInWords(), ", "));
}

app::World Runtime::world() {
  return {*resolver_, crypto::randomFraction, ports(), sender_.get()};
}

void Runtime::holdSignals() {
  sigset_t signals = stopSignals();
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void Runtime::stopOnSignals() {
  // Blocked here, before any other thread exists, so that every thread inherits it and only the one below takes them.
  sigset_t signals = stopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sigaddset(&signals, SIGUSR2);  // ends the watcher itself
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal_watcher_ = std::thread([source = stop_, signals]() mutable {
    int received = 0;
    sigwait(&signals, &received);
    if (received != SIGUSR2) source.request_stop();
  });
}

bool Runtime::leaveSignalsPending() {
  if (signal_watcher_.joinable()) {
    pthread_kill(signal_watcher_.native_handle(), SIGUSR2);
    signal_watcher_.join();
  }
  return !stop_.stop_requested();
}

Runtime::~Runtime() {
  static_cast<void>(leaveSignalsPending());
}

}  // namespace sidecert::cli
