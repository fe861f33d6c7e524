// One owner's world around a CA: account and order on an imaginary disk, records in Pebble's mock DNS, a log to read.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "acme/issuance.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "support/memory_log.h"
#include "support/pebble_server.h"

namespace sidecert::testing {

/// The real clock for somebody in a hurry: a sleep is noted and cut to a few milliseconds, and counts as slept.
class QuickClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return system_.now() + wrong_by; }
  [[nodiscard]] Duration monotonic() const override {
    return work_takes_no_time ? Duration(passed_.load()) : system_.monotonic() + Duration(skipped_.load());
  }
  bool sleepFor(Duration duration, const std::stop_token& stop) override {
    {
      const std::scoped_lock lock(mutex_);
      sleeps_.push_back(duration);
    }
    const Duration real = std::min(duration, Duration(30));
    skipped_ += (duration - real).count();
    pass(duration);
    return system_.sleepFor(real, stop);
  }
  /// Time that goes by where work takes none.
  void pass(Duration duration) { passed_ += duration.count(); }
  [[nodiscard]] std::vector<Duration> sleeps() const {
    const std::scoped_lock lock(mutex_);
    return sleeps_;
  }

  Duration wrong_by{0};
  bool work_takes_no_time = false;  // monotonic() moves by sleeps and `pass` alone, however slow the machine

 private:
  SystemClock system_;
  mutable std::mutex mutex_;
  std::vector<Duration> sleeps_;
  std::atomic<Duration::rep> skipped_{0};
  std::atomic<Duration::rep> passed_{0};
};

/// Ends everything at once, as a power cut: from then on stores forget what they are told and nobody withdraws anything.
struct Power {
  bool cut = false;
};

class MemoryAccounts final : public acme::AccountStore {
 public:
  explicit MemoryAccounts(const Power& power) : power_(power) {}
  Result<std::optional<acme::StoredAccount>> load(const std::string& directory) override {
    const auto found = kept.find(directory);
    if (found == kept.end()) return std::optional<acme::StoredAccount>();
    return std::optional(found->second);
  }
  Result<> save(const acme::StoredAccount& account) override {
    if (power_.cut) return fail(ErrorCode::Storage, "power cut");
    kept[account.directory] = account;
    return {};
  }
  std::map<std::string, acme::StoredAccount> kept;

 private:
  const Power& power_;
};

class MemoryOrders final : public acme::OrderStore {
 public:
  explicit MemoryOrders(const Power& power) : power_(power) {}
  Result<std::optional<acme::StoredOrder>> load() override { return kept; }
  Result<> save(const acme::StoredOrder& order) override {
    if (power_.cut) return fail(ErrorCode::Storage, "power cut");
    kept = order;
    return {};
  }
  Result<> clear() override {
    if (power_.cut) return fail(ErrorCode::Storage, "power cut");
    kept.reset();
    return {};
  }
  std::optional<acme::StoredOrder> kept;

 private:
  const Power& power_;
};

/// Publishes in Pebble's mock DNS.
class MockDnsPublisher final : public acme::ChallengePublisher {
 public:
  MockDnsPublisher(PebbleServer& pebble, const Power& power) : pebble_(pebble), power_(power) {}
  Result<> beforeOrder(const acme::OrderIntent& intent) override {
    intents.push_back(intent);
    if (in_the_way) return std::unexpected(*in_the_way);
    return {};
  }
  Result<std::vector<acme::ChallengeRecord>> publish(std::span<const acme::ChallengeRecord> records) override {
    ++publications;
    records = records.first(std::min(records.size(), at_a_time));
    if (failure) return std::unexpected(*failure);
    if (before_publishing) before_publishing();
    for (const auto& record : records) {
      pebble_.setTxt(record.name, wrong_value.empty() ? record.value : wrong_value);
      published.push_back(record);
      in_dns.insert(record.name);
    }
    if (power_to_cut != nullptr) {
      power_to_cut->cut = true;
      return fail(ErrorCode::Stopped, "power cut");
    }
    return std::vector(records.begin(), records.end());
  }
  void withdraw() override {
    if (power_.cut) return;
    ++withdrawals;
    for (const std::string& name : in_dns) pebble_.clearTxt(name);
    in_dns.clear();
  }
  Result<std::vector<std::vector<std::string>>> standing(const std::string& name) override {
    const auto found = persistent.find(name);
    return std::vector<std::vector<std::string>>{found == persistent.end() ? std::vector<std::string>() : found->second};
  }
  void standFor(const std::string& name, const std::string& value) {
    persistent[name].push_back(value);
    pebble_.setTxt(name, value);
  }

  std::vector<acme::OrderIntent> intents;
  std::optional<Error> in_the_way;  // found before an order is placed
  std::size_t at_a_time = 1000;     // records
  int publications = 0;
  int withdrawals = 0;
  std::vector<acme::ChallengeRecord> published;
  std::set<std::string> in_dns;
  std::optional<Error> failure;
  std::string wrong_value;
  std::function<void()> before_publishing;
  Power* power_to_cut = nullptr;  // after the records stand
  std::map<std::string, std::vector<std::string>> persistent;

 private:
  PebbleServer& pebble_;
  const Power& power_;
};

/// Pulls the plug at the n-th request: before it is sent, or after the CA has done what it asked for.
class PluggedHttp final : public HttpTransport {
 public:
  enum class When { Before, After };
  PluggedHttp(HttpTransport& inner, Power& power, int at, When when) : inner_(inner), power_(power), at_(at), when_(when) {}
  Result<HttpResponse> send(const HttpRequest& request, const Effort& effort) override {
    const int number = ++count;
    if (!power_.cut && number == at_ && when_ == When::Before) power_.cut = true;
    if (power_.cut) return fail(ErrorCode::Stopped, "power cut");
    auto answer = inner_.send(request, effort);
    if (number == at_) {
      power_.cut = true;
      return fail(ErrorCode::Stopped, "power cut");
    }
    return answer;
  }
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override {
    return fail(ErrorCode::Unreachable, "not asked for here");
  }
  int count = 0;

 private:
  HttpTransport& inner_;
  Power& power_;
  int at_;
  When when_;
};

struct World {
  explicit World(PebbleServer& server) : pebble(server), directory(server.directory()) {}

  [[nodiscard]] Ports ports() { return {clock, http == nullptr ? pebble.http() : *http, files, Log(log), stop.get_token()}; }

  [[nodiscard]] acme::CertificateRequest request(std::vector<std::string> names) const {
    acme::CertificateRequest wanted;
    wanted.directory = directory;
    wanted.names = std::move(names);
    wanted.profiles = {"classic"};
    return wanted;
  }
  [[nodiscard]] Result<acme::IssuedCertificate> obtain(const acme::CertificateRequest& wanted) {
    return acme::obtain(wanted, accounts, orders, publisher, ports());
  }
  [[nodiscard]] Result<acme::IssuedCertificate> obtainFor(std::vector<std::string> names) {
    return obtain(request(std::move(names)));
  }

  PebbleServer& pebble;
  std::string directory;
  HttpTransport* http = nullptr;  // in place of Pebble's
  Power power;
  MemoryAccounts accounts{power};
  MemoryOrders orders{power};
  MockDnsPublisher publisher{pebble, power};
  MemoryLog log;
  QuickClock clock;
  PosixFileSystem files;
  std::stop_source stop;
};

/// A Pebble that all tests of one process share; for those that need nothing special of it.
inline PebbleServer& sharedPebble() {
  static PebbleServer pebble;
  return pebble;
}

/// A name nobody has ordered yet: Pebble reuses one authorization in a hundred even when told not to.
inline std::string freshName(const std::string& label = "home") {
  static int counter = 0;
  return label + std::to_string(++counter) + ".example";
}

}  // namespace sidecert::testing
