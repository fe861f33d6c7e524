#include "support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <tuple>

namespace sidecert::testing {
namespace {

constexpr int kPollMilliseconds = 50;

std::vector<std::string> environmentOf(const ChildProcess::Options& options) {
  std::map<std::string, std::string> all = options.environment;
  if (!options.clean_environment) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      const auto equals = text.find('=');
      if (equals != std::string::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ChildProcess::ChildProcess(const Options& options) {
  auto arguments = options.command;
  auto variables = environmentOf(options);
  const auto argv = pointersTo(arguments);
  const auto envp = pointersTo(variables);
  std::array<int, 2> output{};
  std::array<int, 2> failure{};  // closes on a successful exec, carries errno otherwise
  if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(failure.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(output[1], STDOUT_FILENO);
    ::dup2(output[1], STDERR_FILENO);
    if (options.directory.empty() || ::chdir(options.directory.c_str()) == 0) ::execvpe(argv[0], argv.data(), envp.data());
    const int error = errno;
    std::ignore = ::write(failure[1], &error, sizeof error);
    ::_exit(127);
  }
  ::close(output[1]);
  ::close(failure[1]);
  output_pipe_ = output[0];
  int error = pid_ < 0 ? EAGAIN : 0;
  std::ignore = ::read(failure[0], &error, sizeof error);
  ::close(failure[0]);
  if (error != 0) {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    ::close(output_pipe_);
    throw std::runtime_error("cannot run " + options.command.front() + ": " + std::strerror(error));
  }
  reader_ = std::thread(&ChildProcess::readOutput, this);
  waiter_ = std::thread(&ChildProcess::awaitEnd, this);
}

ChildProcess::~ChildProcess() {
  signal(SIGKILL);
  waiter_.join();
  stop_reading_ = true;  // a grandchild may hold the pipe open for ever
  reader_.join();
  ::close(output_pipe_);
}

void ChildProcess::readOutput() {
  std::array<char, 4096> buffer{};
  while (!stop_reading_) {
    pollfd waiting{.fd = output_pipe_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    const ssize_t count = ::read(output_pipe_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    const std::scoped_lock lock(mutex_);
    if (count <= 0) output_ended_ = true;
    if (count > 0) output_.append(buffer.data(), static_cast<std::size_t>(count));
    changed_.notify_all();
    if (count <= 0) return;
  }
}

void ChildProcess::awaitEnd() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  const std::scoped_lock lock(mutex_);
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  changed_.notify_all();
}

void ChildProcess::signal(int number) const {
  const std::scoped_lock lock(mutex_);
  if (!exit_code_) ::kill(pid_, number);
}

std::optional<std::string> ChildProcess::waitForLine(const std::string& part, std::chrono::milliseconds limit) {
  std::optional<std::string> line;
  const auto found = [&] {
    const auto at = output_.find(part);
    if (at == std::string::npos) return output_ended_;
    const auto end = output_.find('\n', at);
    if (end == std::string::npos && !output_ended_) return false;
    const auto before = output_.rfind('\n', at);
    const auto begin = before == std::string::npos ? 0 : before + 1;
    line = output_.substr(begin, end == std::string::npos ? end : end - begin);
    return true;
  };
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, found);
  return line;
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return exit_code_.has_value() && output_ended_; });
  return exit_code_;
}

std::string ChildProcess::output() const {
  const std::scoped_lock lock(mutex_);
  return output_;
}

}  // namespace sidecert::testing
