// A name server that says whatever a test wants, octet for octet, over UDP and TCP of a loopback address of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sidecert::testing {

class ScriptedDns {
 public:
  enum class Via { Udp, Tcp };
  /// Messages to send back, in order; none: silence (TCP: the connection is closed).
  using Handler = std::function<std::vector<std::string>(const std::string& query, Via)>;

  /// @param port  0: any that is free
  explicit ScriptedDns(Handler handler, std::string address = "127.0.0.1", std::uint16_t port = 0);
  ScriptedDns(const ScriptedDns&) = delete;
  ScriptedDns& operator=(const ScriptedDns&) = delete;
  ~ScriptedDns();

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::pair<Via, std::string>> queries() const;

  /// The query turned into an answer: QR, AA and `code` set, its question kept, `records` (already on the wire) as answers,
  /// its EDNS record dropped.
  [[nodiscard]] static std::string answerTo(const std::string& query, unsigned code,
                                            const std::vector<std::string>& records);
  /// A TXT record for the question's name (by a pointer to it), one string per piece.
  [[nodiscard]] static std::string txt(const std::vector<std::string>& pieces);
  /// A record of that type for the question's name. @param data  on the wire, without compression
  [[nodiscard]] static std::string record(std::uint16_t type, const std::string& data);

 private:
  void serve();

  Handler handler_;
  std::string address_;
  std::uint16_t port_ = 0;
  int udp_ = -1;
  int tcp_ = -1;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<std::pair<Via, std::string>> queries_;
  std::thread thread_;
};

}  // namespace sidecert::testing
