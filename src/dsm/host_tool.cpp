#include "dsm/host_tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dsm/envelope.h"
#include "dsm/errors.h"
#include "dsm/web_server.h"

namespace sidecert::dsm {

namespace {

constexpr std::array kNamespaces{"mnt", "ipc", "uts", "net"};
constexpr std::size_t kMostOutput = 8U << 20U;
constexpr std::string_view kDraft = "sidecert-import-";
// Exit codes of the child before it becomes the host's program; synowebapi itself ends with small numbers.
constexpr int kNotEntered = 124;
constexpr int kNotExecuted = 125;

constexpr std::string_view kMend =
    "better make an account for Sidecert and set SYNO_USERNAME and SYNO_PASSWORD (docs/dsm.md shows how); otherwise the "
    "container needs `privileged: true` and `pid: host`, which makes it root on the NAS";

std::unexpected<Error> lacking(const std::string& what) {
  return fail(ErrorCode::Settings, "SYNO_USE_TEMP_ADMIN: " + what, std::string(kMend));
}

class Handle {
 public:
  explicit Handle(int descriptor = -1) : descriptor_(descriptor) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Handle() { reset(); }
  void reset() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool sameNamespace(const Path& one, const Path& other) {
  struct stat a{};
  struct stat b{};
  return stat(one.c_str(), &a) == 0 && stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// The host's namespaces that are not ours already.
Result<std::vector<Handle>> openNamespaces(const Path& process) {
  std::vector<Handle> opened;
  for (const char* const kind : kNamespaces) {
    const Path theirs = process / "ns" / kind;
    if (sameNamespace(theirs, Path("/proc/self/ns") / kind)) continue;
    Handle handle(::open(theirs.c_str(), O_RDONLY | O_CLOEXEC));
    if (handle.get() < 0)
      return lacking(
          fmt::format("the namespaces of the host may not be entered ({}: {})", theirs.string(), std::strerror(errno)));
    opened.push_back(std::move(handle));
  }
  return opened;
}

/// After fork: only what is safe in the copy of a process with threads.
[[noreturn]] void become(const std::vector<Handle>& namespaces, int output, const char* const* arguments) {
  static constexpr std::array<const char*, 3> kEnvironment{
      "PATH=/usr/syno/bin:/usr/syno/sbin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/root", nullptr};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  for (const Handle& each : namespaces) {
    if (setns(each.get(), 0) != 0) _exit(kNotEntered);
  }
  const int nothing = ::open("/dev/null", O_RDWR);
  if (chdir("/") != 0 || dup2(output, 1) < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 2) < 0)
    _exit(kNotEntered);
  execve(arguments[0], const_cast<char* const*>(arguments), const_cast<char* const*>(kEnvironment.data()));
  _exit(kNotExecuted);
}

/// What the child writes until it ends. @returns false when the time is up first.
bool readAll(int descriptor, std::string& text, Duration limit, const Ports& ports) {
  const Duration begin = ports.clock.monotonic();
  std::array<char, 16384> buffer{};
  for (;;) {
    const Duration left = limit - (ports.clock.monotonic() - begin);
    if (left <= Duration(0) || text.size() > kMostOutput) return false;
    pollfd ready{descriptor, POLLIN, 0};
    const int events = poll(&ready, 1, static_cast<int>(std::min<Duration::rep>(left.count(), 1000)));
    if (events == 0 || (events < 0 && errno == EINTR)) continue;
    const auto count = ::read(descriptor, buffer.data(), buffer.size());
    if (count == 0) return true;
    if (count < 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// The envelope, wherever it begins: some builds write progress before it.
std::optional<Envelope> findAnswer(std::string_view output) {
  for (auto at = output.find('{'); at != std::string_view::npos; at = output.find('{', at + 1)) {
    if (auto answer = readEnvelope(trim(output.substr(at)))) return answer;
  }
  return std::nullopt;
}

}  // namespace

struct HostTool::Ran {
  int exit_code = 0;
  bool in_time = true;
  std::string output;
};

Result<HostTool::Ran> HostTool::run(const std::vector<std::string>& arguments, Duration limit) {
  auto namespaces = openNamespaces(host_.process);
  if (!namespaces) return std::unexpected(namespaces.error());
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::Unreachable, fmt::format("no pipe for the host's program: {}", std::strerror(errno)));
  Handle reading(ends[0]);
  Handle writing(ends[1]);
  std::vector<const char*> words{host_.tool.c_str()};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0)
    return fail(ErrorCode::Unreachable, fmt::format("the host's program cannot be started: {}", std::strerror(errno)));
  if (child == 0) become(*namespaces, writing.get(), words.data());
  writing.reset();
  Ran ran;
  ran.in_time = readAll(reading.get(), ran.output, limit, ports_);
  if (!ran.in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (ran.exit_code == kNotEntered) return lacking("the container may not enter the host's namespaces");
  if (ran.exit_code == kNotExecuted) return lacking(host_.tool + " cannot be run on the host: is it a Synology NAS?");
  return ran;
}

Result<> HostTool::open(Duration) {
  const bool ours = sameNamespace(host_.process / "ns/mnt", "/proc/self/ns/mnt");
  std::error_code unreadable;
  const bool there = std::filesystem::exists(onHost(host_.tool), unreadable);
  if (ours && !there) return lacking("process 1 is the container's own, so the host cannot be reached");
  if (unreadable) return lacking(fmt::format("the host's files cannot be seen ({})", unreadable.message()));
  if (!there) return lacking(fmt::format("the host has no {}: it is no Synology NAS", host_.tool));
  for (const auto& entry : std::filesystem::directory_iterator(onHost("/tmp"), unreadable)) {
    if (entry.path().filename().string().starts_with(kDraft)) std::ignore = ports_.files.remove(entry.path());
  }
  return {};
}

Result<Json> HostTool::call(std::string_view doing, std::vector<std::string> arguments, bool ec_key) {
  const bool reads = std::ranges::contains(arguments, "method=list") || std::ranges::contains(arguments, "method=get");
  arguments.insert(arguments.begin(), "--exec");
  auto ran = run(arguments, reads ? kReadLimit : kChangeLimit);
  if (!ran) return within(doing, ran.error());
  const auto answer = findAnswer(ran->output);
  if (!answer) {
    return fail(ErrorCode::AnswerLost,
                fmt::format("{}: {} {} without an answer", doing, host_.tool,
                            ran->in_time ? fmt::format("ended with {}", ran->exit_code) : "was stopped after its time"));
  }
  if (answer->refusal) return std::unexpected(explainCall(doing, *answer->refusal, ec_key));
  return answer->data;
}

Result<std::vector<Entry>> HostTool::list() {
  const auto data = call("listing the certificates", {"api=SYNO.Core.Certificate.CRT", "method=list", "version=1"});
  if (!data) return std::unexpected(data.error());
  return readList(*data);
}

WebServer HostTool::webServer() {
  if (web_server_) return *web_server_;
  const auto ask = [this](std::string api, std::string method) {
    const auto told =
        call("asking where DSM answers https", {"api=" + std::move(api), "method=" + std::move(method), "version=1"});
    if (!told) ports_.log.debug("{}", told.error().what);
    return told.value_or(Json());
  };
  const auto connected = settings_.scheme == "https" ? std::optional(settings_.port) : std::nullopt;
  web_server_ =
      readWebServer(settings_, ask("SYNO.Core.Web.DSM", "get"), ask("SYNO.Core.AppPortal.ReverseProxy", "list"), connected);
  web_server_->address = settings_.host == "localhost" ? "127.0.0.1" : settings_.host;
  return *web_server_;
}

bool HostTool::refusesEcKeys() const {
  const auto version = ports_.files.read(onHost("/etc.defaults/VERSION"));
  return version && *version && (*version)->contains("majorversion=\"6\"");
}

Result<std::string> HostTool::import(const ImportOrder& order, const ImportFiles& files) {
  const std::string folder = fmt::format("/tmp/{}{}", kDraft, hex(crypto::randomOctets(8)));
  if (auto made = ports_.files.makeDirectories(onHost(folder), 0700); !made) return std::unexpected(made.error());
  std::vector<std::string> arguments{"api=SYNO.Core.Certificate", "method=import", "version=1"};
  Result<> written;
  const auto lay = [&](std::string_view parameter, const char* name, std::string_view content) {
    if (!written) return;
    written = ports_.files.writeSynced(onHost(folder) / name, content, 0600);
    arguments.push_back(fmt::format("{}={}", parameter, quoted(folder + "/" + name)));
  };
  lay("key_tmp", "key.pem", files.key.reveal());
  lay("cert_tmp", "cert.pem", files.certificate);
  if (!files.intermediate.empty()) lay("inter_cert_tmp", "chain.pem", files.intermediate);
  arguments.push_back("id=" + quoted(order.id));
  arguments.push_back("desc=" + quoted(order.description));
  // Of another JSON type it is refused as 5511, as if the key were wrong.
  if (order.as_default) arguments.emplace_back("as_default=\"true\"");
  Result<Json> data =
      written ? call("importing the certificate", std::move(arguments), files.ec_key) : std::unexpected(written.error());
  if (auto removed = ports_.files.remove(onHost(folder)); !removed)
    ports_.log.warning("the host keeps {}, which holds the key: remove it ({})", folder, removed.error().what);
  if (!data) return std::unexpected(data.error());
  return textOf(*data, "id");
}

Result<> HostTool::assign(const std::vector<Move>& moves) {
  std::string settings;
  for (const auto& move : moves) {
    settings += fmt::format(R"({}{{"service":{},"old_id":{},"id":{}}})", settings.empty() ? "" : ",", move.service.verbatim,
                            quoted(move.from), quoted(move.to));
  }
  const auto data = call("assigning services to the certificate",
                         {"api=SYNO.Core.Certificate.Service", "method=set", "version=1", "settings=[" + settings + "]"});
  if (!data) return std::unexpected(data.error());
  return {};
}

Result<> HostTool::makeDefault(const std::string& id, const std::string& description) {
  const auto data =
      call("making the certificate the default", {"api=SYNO.Core.Certificate.CRT", "method=set", "version=1",
                                                  "id=" + quoted(id), "desc=" + quoted(description), "as_default=true"});
  if (!data) return std::unexpected(data.error());
  return {};
}

}  // namespace sidecert::dsm
