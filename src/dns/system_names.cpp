#include "dns/system_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/tcp.h"
#include "base/text.h"
#include "dns/questions.h"

namespace sidecert::dns {
namespace {

// The bounds of resolv.conf(5).
constexpr std::size_t kMostServers = 3;
constexpr std::size_t kMostSearched = 6;
constexpr std::uint64_t kMostDots = 15;
constexpr std::uint64_t kLongestTimeout = 30;
constexpr std::uint64_t kMostAttempts = 5;

void readOption(std::string_view option, ResolvConf& conf) {
  const auto colon = option.find(':');
  if (colon == std::string_view::npos) return;
  const auto number = parseNumber(option.substr(colon + 1));
  if (!number) return;
  const auto name = option.substr(0, colon);
  if (name == "ndots") conf.ndots = std::min(*number, kMostDots);
  if (name == "timeout") conf.timeout = std::chrono::seconds(std::clamp<std::uint64_t>(*number, 1, kLongestTimeout));
  if (name == "attempts") conf.attempts = static_cast<int>(std::clamp<std::uint64_t>(*number, 1, kMostAttempts));
}

std::string textOf(const Path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

class SystemNames final : public NameLookup {
 public:
  SystemNames(Log log, SystemFiles files) : log_(std::move(log)), files_(std::move(files)), local_(files_.hosts) {}

  Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort& effort) override {
    if (auto known = local_.known(host); !known.empty()) return known;
    ResolvConf conf = parseResolvConf(textOf(files_.resolv_conf));
    for (Server& server : conf.servers) server.port = files_.port;
    std::optional<Error> refused;
    for (const std::string& name : namesToTry(host, conf)) {
      auto found = addressesOf(name, conf, effort);
      // Where nobody answers, no other name will be answered either.
      if (!found && found.error().code != ErrorCode::BadAnswer) return notAnswered(host, std::move(found.error()));
      if (!found) refused = std::move(found.error());
      if (!found || found->empty()) continue;
      log_.debug("{} has the addresses {}", host, join(*found, ", "));
      return found;
    }
    if (refused) return notAnswered(host, std::move(*refused));
    return std::unexpected(unknownName(host));
  }

 private:
  static std::unexpected<Error> notAnswered(const std::string& host, Error error) {
    if (error.code == ErrorCode::Stopped) return std::unexpected(std::move(error));
    return fail(ErrorCode::Unreachable, fmt::format("no name server answered for {}: {}", excerpt(host), error.what),
                "check the network connection and the name servers of the container (dns: in the compose file)");
  }

  // @returns none when the name has no address, Unreachable or BadAnswer when no server says so.
  static Result<std::vector<std::string>> addressesOf(const std::string& name, const ResolvConf& conf,
                                                      const Effort& effort) {
    std::vector<std::string> failures;
    bool answered = false;
    for (int attempt = 0; attempt < conf.attempts; ++attempt) {
      for (const Server& server : conf.servers) {
        if (auto going = effort.check("looking up " + name); !going) return std::unexpected(going.error());
        auto found = ask(server, name, conf.timeout, effort);
        if (found || found.error().code == ErrorCode::Stopped) return found;
        answered = answered || found.error().code == ErrorCode::BadAnswer;
        if (attempt == 0) failures.push_back(found.error().what);
      }
      if (answered) break;
    }
    return fail(answered ? ErrorCode::BadAnswer : ErrorCode::Unreachable, join(failures, "; "));
  }

  static Result<std::vector<std::string>> ask(const Server& server, const std::string& name, Duration limit,
                                              const Effort& effort) {
    std::array<Query, 2> queries{};
    queries[0] = {.server = server, .name = name, .type = RecordType::A, .recursion = Recursion::Desired};
    queries[1] = {.server = server, .name = name, .type = RecordType::Aaaa, .recursion = Recursion::Desired};
    std::vector<std::string> addresses;
    std::optional<Error> failure;
    askTogether(queries, limit, effort, [&](std::size_t index, Result<Response> answer) {
      if (answer && answer->code != ResponseCode::NoError && answer->code != ResponseCode::NxDomain) {
        answer = fail(ErrorCode::BadAnswer, fmt::format("{} answered {}", server.text(), toString(answer->code)));
      }
      if (!answer) {
        if (!failure || answer.error().code == ErrorCode::Stopped) failure = std::move(answer.error());
        return;
      }
      for (const Record& record : answer->answers) {
        if (record.type == queries.at(index).type) addresses.push_back(record.data);
      }
    });
    if (failure && failure->code == ErrorCode::Settings) return addresses;  // too long or too odd to be a name
    if (failure && (addresses.empty() || failure->code == ErrorCode::Stopped)) return std::unexpected(*failure);
    return addresses;
  }

  Log log_;
  SystemFiles files_;
  LocalNames local_;
};

}  // namespace

ResolvConf parseResolvConf(std::string_view text) {
  ResolvConf conf;
  for (const std::string& line : splitList(text, "\n")) {
    auto words = splitList(line, " \t");
    if (words.size() < 2) continue;
    const std::string keyword = std::move(words.front());
    words.erase(words.begin());
    if (keyword == "nameserver" && conf.servers.size() < kMostServers && parseAddress(words.front(), 0)) {
      conf.servers.push_back({.address = words.front()});
    } else if (keyword == "search" || keyword == "domain") {  // the last one counts
      words.resize(std::min(words.size(), keyword == "search" ? kMostSearched : std::size_t{1}));
      conf.search = std::move(words);
    } else if (keyword == "options") {
      for (const std::string& option : words) readOption(option, conf);
    }
  }
  if (conf.servers.empty()) conf.servers.push_back({.address = "127.0.0.1"});
  return conf;
}

std::vector<Server> systemServers(const Path& file) {
  return parseResolvConf(textOf(file)).servers;
}

std::vector<std::string> namesToTry(const std::string& host, const ResolvConf& conf) {
  if (host.ends_with('.')) return {host.substr(0, host.size() - 1)};
  std::vector<std::string> names;
  for (const std::string& domain : conf.search) {
    const std::string suffix = domain.substr(0, domain.find_last_not_of('.') + 1);
    if (!suffix.empty()) names.push_back(fmt::format("{}.{}", host, suffix));
  }
  const bool as_it_is_first = static_cast<std::size_t>(std::ranges::count(host, '.')) >= conf.ndots;
  names.insert(as_it_is_first ? names.begin() : names.end(), host);
  return names;
}

std::unique_ptr<NameLookup> makeSystemNames(Log log, SystemFiles files) {
  return std::make_unique<SystemNames>(std::move(log), std::move(files));
}

}  // namespace sidecert::dns
