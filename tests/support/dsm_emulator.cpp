#include "support/dsm_emulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

#include "support/dsm_emulator_api.h"
#include "support/dsm_emulator_control.h"
#include "support/dsm_emulator_http.h"
#include "support/dsm_emulator_page.h"

namespace sidecert::testing {
using namespace emulator;

namespace {

HttpReply gatewayPage(int status, std::string_view reason) {
  return {.status = status,
          .body = fmt::format("<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n<center><h1>{0} {1}</h1></center>"
                              "\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
                              status, reason)};
}
HttpReply badGateway() {
  return gatewayPage(502, "Bad Gateway");
}

bool isSecret(std::string_view name) {
  return name == "passwd" || name == "otp_code" || name == "device_id" || name == "_sid" || name == "SynoToken";
}

}  // namespace

DsmBehaviour behaviourOf(DsmVersion version) {
  DsmBehaviour behaviour;
  behaviour.auth_path = "entry.cgi";
  behaviour.older_auth_path = "auth.cgi";
  behaviour.version_string = "DSM 7.2.2-72806";
  switch (version) {
    case DsmVersion::Dsm62:
      behaviour.auth_path = "auth.cgi";
      behaviour.older_auth_path.clear();
      behaviour.auth_max_version = 6;
      behaviour.first_login_version = 1;
      behaviour.version_string = "DSM 6.2.4-25556";
      behaviour.lists_key_types = false;
      behaviour.lists_full_services = false;
      behaviour.takes_ecc = false;
      behaviour.missing_token_code = 105;
      behaviour.same_target_unbinds = true;
      behaviour.second_factor_details = false;
      behaviour.content_type = "text/plain; charset=\"UTF-8\"";
      break;
    case DsmVersion::Dsm72: break;
    case DsmVersion::Dsm74:
      behaviour.version_string = "DSM 7.4.1-90080";
      behaviour.refuses_odd_file_names = true;
      behaviour.missing_token_code = 103;
      behaviour.changes_need_v7_login = true;
      break;
  }
  return behaviour;
}

std::optional<std::string> DsmImport::text(std::string_view part) const {
  const auto found = std::ranges::find(parts, part, [](const Part& each) { return std::string_view(each.name); });
  return found == parts.end() ? std::nullopt : std::optional(found->content);
}

struct DsmEmulator::Impl {
  Impl(DsmEmulator& owner, DsmOptions given);

  [[nodiscard]] std::chrono::sys_seconds now() const;
  [[nodiscard]] HttpReply handle(const HttpCall&);
  [[nodiscard]] std::optional<HttpReply> outageReply();
  [[nodiscard]] HttpReply callApi(const HttpCall&, std::unique_lock<std::mutex>&);
  [[nodiscard]] HttpReply log() const;
  [[nodiscard]] std::optional<DsmDisturbance> takeDisturbance(const ApiCall&);
  void record(const HttpCall&, const ApiCall&, const Outcome&, bool lost);
  void reload();
  [[nodiscard]] std::size_t importsDone() const {
    return static_cast<std::size_t>(std::ranges::count(api.imports, 0, &DsmImport::code));
  }
  [[nodiscard]] std::size_t logins() const {
    return static_cast<std::size_t>(std::ranges::count(calls, std::string("login"), &DsmCall::method));
  }
  template <class Do>
  auto locked(Do act) {
    const std::lock_guard lock(mutex);
    return act();
  }
  template <class Do>
  void onListeners(Do act) {
    for (auto& listener : listeners) act(*listener);
  }

  DsmOptions options;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::chrono::seconds offset{0};  // guarded by clock_mutex, as Date headers are written outside `mutex`
  mutable std::mutex clock_mutex;
  DsmBehaviour behaviour;
  Api api;
  CertificateStore served;  // what the web server read at its last reload
  std::vector<DsmCall> calls;
  std::vector<DsmDisturbance> disturbances;
  std::optional<DsmOutage> outage;
  int outage_requests = 0;
  std::string held_api, held_method;
  int held_calls = 0;
  bool closing = false;
  std::vector<std::unique_ptr<HttpListener>> listeners;  // http, https, then the proxy port when there is one
  std::unique_ptr<HttpListener> control;
};

DsmEmulator::Impl::Impl(DsmEmulator& owner, DsmOptions given)
    : options(std::move(given)), behaviour(behaviourOf(options.version)), api(options.accounts, now()), served(api.store) {
  const auto handler = [this](const HttpCall& call) { return handle(call); };
  const auto clock = [this] { return now(); };
  const IdentityChooser identity = [this](const std::string& name) {
    const std::lock_guard lock(mutex);
    return served.identityFor(name);
  };
  const auto listen = [&](std::uint16_t port, const IdentityChooser& chooser) {
    listeners.push_back(std::make_unique<HttpListener>(options.address, port, handler, chooser, clock));
  };
  listen(options.http_port, nullptr);
  listen(options.https_port, identity);
  if (options.proxy_port) listen(*options.proxy_port, identity);
  api.web = {.http = listeners[0]->port(), .https = listeners[1]->port()};
  if (options.proxy_port) api.web.proxy = listeners[2]->port();
  if (options.control_port) {
    control = std::make_unique<HttpListener>(
        options.address, *options.control_port, [&owner](const HttpCall& call) { return controlReply(owner, call); },
        nullptr, clock);
  }
}

std::chrono::sys_seconds DsmEmulator::Impl::now() const {
  const std::lock_guard lock(clock_mutex);
  return (options.now ? options.now() : std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) + offset;
}

void DsmEmulator::Impl::reload() {
  if (behaviour.reloads_at_once) served = api.store;
}

std::optional<HttpReply> DsmEmulator::Impl::outageReply() {
  if (outage_requests > 0) {
    --outage_requests;
    return badGateway();
  }
  if (!outage) return std::nullopt;
  switch (*outage) {
    case DsmOutage::Refused:
    case DsmOutage::Dropped: return HttpReply{.drop = true};
    case DsmOutage::BadGateway: return badGateway();
    case DsmOutage::NotDsm: return gatewayPage(404, "Not Found");
  }
  return std::nullopt;
}

HttpReply DsmEmulator::Impl::handle(const HttpCall& call) {
  std::unique_lock lock(mutex);
  if (auto reply = outageReply()) return *reply;
  if (call.path == "/emulator/log") return log();
  if (behaviour.redirect_to_https && !call.https) {
    std::string host = call.header("Host");
    host = behaviour.redirect_host.empty() ? host.substr(0, host.rfind(':')) : behaviour.redirect_host;
    HttpReply reply = gatewayPage(302, "Found");
    reply.headers.emplace_back("Location", fmt::format("https://{}:{}{}{}{}", host, listeners[1]->port(), call.path,
                                                       call.query.empty() ? "" : "?", call.query));
    return reply;
  }
  if (call.path == "/") {
    return {.content_type = "text/html; charset=utf-8",
            .body = certificatePage(api.store, {.logins = logins(), .imports = importsDone()}, now())};
  }
  const bool cgi =
      std::ranges::any_of(std::array{"query.cgi", "entry.cgi", "auth.cgi", "encryption.cgi"}, [&](const std::string& file) {
        return call.path == "/webapi/" + file || call.path.starts_with("/webapi/" + file + "/");
      });
  return cgi ? callApi(call, lock) : gatewayPage(404, "Not Found");
}

std::optional<DsmDisturbance> DsmEmulator::Impl::takeDisturbance(const ApiCall& call) {
  const auto found = std::ranges::find_if(
      disturbances, [&](const DsmDisturbance& each) { return each.api == call.api && each.method == call.method; });
  if (found == disturbances.end()) return std::nullopt;
  DsmDisturbance taken = *found;
  if (--found->times <= 0) disturbances.erase(found);
  return taken;
}

HttpReply DsmEmulator::Impl::callApi(const HttpCall& http, std::unique_lock<std::mutex>& lock) {
  const ApiCall call = readApiCall(http, behaviour, now());
  if (!held_method.empty() && call.api == held_api && call.method == held_method) {
    ++held_calls;
    changed.notify_all();
    changed.wait(lock, [&] { return held_method.empty() || closing; });
  }
  if (closing) return {.drop = true};

  const auto disturbance = takeDisturbance(call);
  ApiAnswer answer;
  if (!disturbance || disturbance->after_effect) {
    answer = api.answer(call, behaviour, now());
    reload();
  }
  if (!disturbance) {
    record(http, call, answer.outcome, false);
    return render(answer, behaviour);
  }

  outage_requests = disturbance->outage_requests;
  if (disturbance->ends_sessions) api.auth.endSessions();
  if (disturbance->how == DsmDisturbance::How::Code) {
    answer = {.outcome = {.code = disturbance->code, .story = call.api + " " + call.method}};
    record(http, call, answer.outcome, false);
    return render(answer, behaviour);
  }
  if (answer.outcome.story.empty()) answer.outcome.story = call.api + " " + call.method + " (without effect)";
  record(http, call, answer.outcome, true);
  switch (disturbance->how) {
    case DsmDisturbance::How::BadGateway: return badGateway();
    case DsmDisturbance::How::GatewayTimeout: return gatewayPage(504, "Gateway Time-out");
    default: return {.drop = true};
  }
}

void DsmEmulator::Impl::record(const HttpCall& http, const ApiCall& call, const Outcome& outcome, bool lost) {
  const Parameters query = readForm(http.query);
  DsmCall seen{.api = call.api,
               .method = call.method,
               .version = call.version,
               .http_method = http.method,
               .path = http.path,
               .code = outcome.code,
               .lost = lost,
               .https = http.https,
               .sid_in_query = emulator::find(query, "_sid") != nullptr,
               .token_in_query = emulator::find(query, "SynoToken") != nullptr,
               .token_in_header = !http.header("X-SYNO-TOKEN").empty(),
               .content_type = http.header("Content-Type")};
  for (const auto& pair : call.parameters) {
    if (!isSecret(pair.first)) seen.parameters.push_back(pair);
  }
  calls.push_back(std::move(seen));
  if (!options.on_line) return;
  options.on_line(fmt::format("{}: {}{}", outcome.story.empty() ? "an unreadable call" : outcome.story,
                              outcome.code == 0 ? "done" : fmt::format("refused with {}", outcome.code),
                              lost ? ", the answer was lost" : ""));
}

HttpReply DsmEmulator::Impl::log() const {
  Json out{{"logins", logins()}, {"imports", importsDone()}, {"calls", Json::array()}};
  for (const auto& call : calls) {
    out["calls"].push_back({{"api", call.api}, {"method", call.method}, {"code", call.code}, {"lost", call.lost}});
  }
  return {.content_type = "application/json", .body = out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

DsmEmulator::DsmEmulator(DsmOptions options) : impl_(std::make_unique<Impl>(*this, std::move(options))) {}

DsmEmulator::~DsmEmulator() {
  impl_->locked([&] { impl_->closing = true; });
  impl_->changed.notify_all();
  impl_->control.reset();
  impl_->onListeners([](HttpListener& listener) { listener.close(); });
}

std::string DsmEmulator::address() const {
  return impl_->options.address;
}
std::uint16_t DsmEmulator::httpPort() const {
  return impl_->listeners[0]->port();
}
std::uint16_t DsmEmulator::httpsPort() const {
  return impl_->listeners[1]->port();
}
std::uint16_t DsmEmulator::proxyPort() const {
  return impl_->listeners.size() > 2 ? impl_->listeners[2]->port() : 0;
}
std::uint16_t DsmEmulator::controlPort() const {
  return impl_->control ? impl_->control->port() : 0;
}
std::string DsmEmulator::httpUrl() const {
  return fmt::format("http://{}:{}", address(), httpPort());
}
std::string DsmEmulator::httpsUrl() const {
  return fmt::format("https://{}:{}", address(), httpsPort());
}

void DsmEmulator::change(const std::function<void(DsmBehaviour&)>& how) {
  impl_->locked([&] { how(impl_->behaviour); });
}
void DsmEmulator::changeAccount(const std::string& name, const std::function<void(DsmAccount&)>& how) {
  impl_->locked([&] { how(impl_->api.auth.account(name)); });
}

std::string DsmEmulator::addCertificate(const DsmCertificateSpec& spec) {
  return impl_->locked([&] {
    auto id = impl_->api.store.add(spec, impl_->now());
    impl_->reload();
    return id;
  });
}
void DsmEmulator::addService(const DsmService& service, const std::string& certificate_id) {
  impl_->locked([&] {
    impl_->api.store.addService(service, certificate_id);
    impl_->reload();
  });
}
void DsmEmulator::assignService(const std::string& service, const std::string& certificate_id) {
  impl_->locked([&] {
    impl_->api.store.assign(service, certificate_id);
    impl_->reload();
  });
}
void DsmEmulator::removeCertificate(const std::string& id) {
  impl_->locked([&] {
    impl_->api.store.erase(id);
    impl_->reload();
  });
}
void DsmEmulator::changeDescription(const std::string& id, const std::string& description) {
  impl_->locked([&] {
    if (auto* entry = impl_->api.store.find(id)) entry->description = description;
  });
}
void DsmEmulator::addOddCertificates() {
  addCertificate({.names = {"le.example", "www.le.example"}, .issuer = "R10", .renewable = true});
  addCertificate({.names = {"by-hand.example"}});
  addCertificate({.description = "twice", .names = {"first.example"}});
  addCertificate({.description = "twice", .names = {"second.example"}});
  addCertificate({.description = "broken", .names = {"broken.example"}, .broken = true});
  addCertificate({.description = "expired", .names = {"expired.example"}, .valid_days = -10});
  addCertificate({.description = "old self-made", .names = {"old.example"}, .with_alt_names = false});
  addCertificate({.description = R"(she said "hi" \ bye)", .names = {"quotes.example"}});
  addCertificate({.description = "elliptic", .names = {"ec.example"}, .ecc = true});
}

std::vector<DsmEntry> DsmEmulator::entries() const {
  return impl_->locked([&] {
    std::vector<DsmEntry> all;
    for (const auto& entry : impl_->api.store.certificates()) {
      const X509* leaf = entry.material.leaf.get();
      DsmEntry& out = all.emplace_back(DsmEntry{.id = entry.id,
                                                .description = entry.description,
                                                .names = altNamesOf(leaf),
                                                .is_default = entry.is_default,
                                                .sha256 = sha256Of(leaf),
                                                .leaf_pem = entry.material.leaf_pem,
                                                .chain_pem = entry.material.chain_pem});
      for (const auto& row : impl_->api.store.servicesOf(entry.id)) {
        out.services.push_back(row.service.subscriber + "/" + row.service.service);
      }
    }
    return all;
  });
}
std::optional<DsmEntry> DsmEmulator::entry(const std::string& id) const {
  auto all = entries();
  const auto found = std::ranges::find(all, id, &DsmEntry::id);
  return found == all.end() ? std::nullopt : std::optional(*found);
}
std::string DsmEmulator::defaultId() const {
  return impl_->locked([&] { return impl_->api.store.theDefault().id; });
}
std::string DsmEmulator::servedSha256(const std::string& server_name) const {
  return impl_->locked([&] { return sha256Of(impl_->served.identityFor(server_name).leaf.get()); });
}
void DsmEmulator::reloadWebServer() {
  impl_->locked([&] { impl_->served = impl_->api.store; });
}

std::vector<DsmCall> DsmEmulator::calls() const {
  return impl_->locked([&] { return impl_->calls; });
}
std::size_t DsmEmulator::count(std::string_view api, std::string_view method) const {
  return impl_->locked([&] {
    return static_cast<std::size_t>(
        std::ranges::count_if(impl_->calls, [&](const DsmCall& call) { return call.api == api && call.method == method; }));
  });
}
std::size_t DsmEmulator::logins() const {
  return impl_->locked([&] { return impl_->logins(); });
}
std::vector<DsmImport> DsmEmulator::imports() const {
  return impl_->locked([&] { return impl_->api.imports; });
}
std::size_t DsmEmulator::importsDone() const {
  return impl_->locked([&] { return impl_->importsDone(); });
}
std::size_t DsmEmulator::openSessions() const {
  return impl_->locked([&] { return impl_->api.auth.openSessions(); });
}
void DsmEmulator::forgetCalls() {
  impl_->locked([&] {
    impl_->calls.clear();
    impl_->api.imports.clear();
  });
}

void DsmEmulator::disturb(DsmDisturbance disturbance) {
  impl_->locked([&] { impl_->disturbances.push_back(std::move(disturbance)); });
}
void DsmEmulator::startOutage(DsmOutage outage) {
  impl_->locked([&] { impl_->outage = outage; });
  impl_->onListeners(
      [&](HttpListener& listener) { outage == DsmOutage::Refused ? listener.close() : listener.closeConnections(); });
}
void DsmEmulator::endOutage() {
  impl_->locked([&] {
    impl_->outage.reset();
    impl_->outage_requests = 0;
  });
  impl_->onListeners([](HttpListener& listener) { listener.open(); });
}

void DsmEmulator::hold(const std::string& api, const std::string& method) {
  impl_->locked([&] {
    impl_->held_api = api;
    impl_->held_method = method;
    impl_->held_calls = 0;
  });
}
bool DsmEmulator::waitUntilHeld(std::chrono::milliseconds limit) {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, limit, [&] { return impl_->held_calls > 0; });
}
void DsmEmulator::release() {
  impl_->locked([&] { impl_->held_method.clear(); });
  impl_->changed.notify_all();
}

std::chrono::sys_seconds DsmEmulator::now() const {
  return impl_->now();
}
void DsmEmulator::advance(std::chrono::seconds by) {
  const std::lock_guard lock(impl_->clock_mutex);
  impl_->offset += by;
}

void DsmEmulator::endSessions() {
  impl_->locked([&] { impl_->api.auth.endSessions(); });
}
void DsmEmulator::forgetDevices() {
  impl_->locked([&] { impl_->api.auth.forgetDevices(); });
}
void DsmEmulator::unblock() {
  impl_->locked([&] { impl_->api.auth.unblock(); });
}
bool DsmEmulator::blocked(const std::string& address) const {
  return impl_->locked([&] { return impl_->api.auth.blocked(address, impl_->behaviour); });
}
std::string DsmEmulator::otpCode(const std::string& account, int steps) const {
  return impl_->locked([&] { return impl_->api.auth.otpCode(account, steps, impl_->now()); });
}

}  // namespace sidecert::testing
