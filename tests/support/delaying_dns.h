// A line with a round trip time before a name server: datagrams arrive late, in the order they were sent.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace sidecert::testing {

class DelayingDns {
 public:
  /// Listens on UDP port 53 of `address` and passes everything on to port 53 of `upstream`.
  /// @throws std::runtime_error when the address cannot be bound.
  DelayingDns(std::string address, std::string upstream, std::chrono::milliseconds round_trip);
  DelayingDns(const DelayingDns&) = delete;
  DelayingDns& operator=(const DelayingDns&) = delete;
  ~DelayingDns();

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::size_t questions() const { return questions_; }
  /// Flights of questions: those that come within four fifths of a round trip after the first of a flight belong to it.
  [[nodiscard]] std::size_t rounds() const { return rounds_; }

 private:
  void serve();

  std::string address_, upstream_;
  std::chrono::milliseconds round_trip_;
  int socket_ = -1;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> questions_ = 0, rounds_ = 0;
  std::thread thread_;
};

}  // namespace sidecert::testing
