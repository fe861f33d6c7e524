// A small internet in memory: answers per server and question, and a record of what was asked.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "dns/resolver.h"

namespace sidecert::testing {

inline constexpr char kRecursive[] = "192.0.2.53";

/// Answers are looked up by server address, name and type. What is not there is Unreachable.
class FakeResolver final : public dns::Resolver {
 public:
  using Key = std::tuple<std::string, std::string, dns::RecordType>;

  void set(const std::string& server, const std::string& name, dns::RecordType type, dns::Response answer) {
    const std::scoped_lock lock(mutex_);
    answers_[{server, name, type}] = std::move(answer);
  }
  /// Everything nobody said anything about, at that server. Records of the owner "*" are the asked name's.
  void setDefault(const std::string& server, dns::Response answer) {
    const std::scoped_lock lock(mutex_);
    defaults_[server] = std::move(answer);
  }
  void silence(const std::string& server) {
    const std::scoped_lock lock(mutex_);
    silent_.insert(server);
  }
  void wake(const std::string& server) {
    const std::scoped_lock lock(mutex_);
    silent_.erase(server);
  }
  void cutOff(const std::string& address) { without_route_.insert(address); }

  Result<dns::Response> ask(const dns::Server& server, const std::string& name, dns::RecordType type,
                            dns::Recursion recursion, const Effort&) override {
    ++rounds_;
    return answer(server, name, type, recursion);
  }
  void askAll(std::span<const dns::Query> queries, Duration, const Effort&, const dns::TakeAnswer& take) override {
    if (!queries.empty()) ++rounds_;
    for (std::size_t i = 0; i < queries.size(); ++i)
      take(i, answer(queries[i].server, queries[i].name, queries[i].type, queries[i].recursion));
  }

  Result<std::vector<dns::Server>> recursiveServers(const Effort&) override {
    return std::vector<dns::Server>{{.address = kRecursive}};
  }
  Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort&) override { return std::vector{host}; }
  std::vector<std::string> httpsServices() override { return https; }
  bool hasRoute(const dns::Server& server) override { return !without_route_.contains(server.address); }

  std::vector<std::string> https;

  [[nodiscard]] std::vector<std::string> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::size_t timesAsked(const std::string& line) const {
    const auto lines = asked();
    return static_cast<std::size_t>(std::ranges::count(lines, line));
  }

  /// How often somebody waited for answers, be it for one or for many.
  [[nodiscard]] std::size_t rounds() const { return rounds_; }

 private:
  Result<dns::Response> answer(const dns::Server& server, const std::string& name, dns::RecordType type,
                               dns::Recursion recursion) {
    const std::scoped_lock lock(mutex_);
    asked_.push_back(server.address + " " + name + " " + dns::toString(type) +
                     (recursion == dns::Recursion::NotDesired ? ""
                      : recursion == dns::Recursion::Desired  ? " RD"
                                                              : " RD CD"));
    const auto found = answers_.find({server.address, name, type});
    const auto other = defaults_.find(server.address);
    if (silent_.contains(server.address) || (found == answers_.end() && other == defaults_.end())) {
      return fail(ErrorCode::Unreachable, "no answer from " + server.text());
    }
    if (found != answers_.end()) return found->second;
    dns::Response answer = other->second;
    for (dns::Record& record : answer.answers) {
      if (record.owner == "*") record.owner = name;
    }
    return answer;
  }

  mutable std::mutex mutex_;
  std::map<Key, dns::Response> answers_;
  std::map<std::string, dns::Response> defaults_;
  std::set<std::string> silent_, without_route_;
  std::vector<std::string> asked_;
  std::atomic<std::size_t> rounds_ = 0;
};

inline dns::Record record(std::string owner, dns::RecordType type, std::string data) {
  return {.owner = std::move(owner), .type = type, .ttl = 60, .data = std::move(data)};
}

/// What an authoritative server says when it has these records.
inline dns::Response authoritative(std::vector<dns::Record> answers, std::vector<dns::Record> authority = {}) {
  return {.code = dns::ResponseCode::NoError,
          .authoritative = true,
          .answers = std::move(answers),
          .authority = std::move(authority),
          .additional = {}};
}

/// "No such name", with the SOA that says in which zone.
inline dns::Response noSuchName(const std::string& zone) {
  dns::Response answer = authoritative({}, {record(zone, dns::RecordType::Soa, "ns1." + zone)});
  answer.code = dns::ResponseCode::NxDomain;
  return answer;
}

/// What a recursive resolver says.
inline dns::Response recursive(dns::Response answer) {
  answer.authoritative = false;
  answer.recursive = true;
  return answer;
}

}  // namespace sidecert::testing
