// Sending messages, whatever the service.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/effort.h"
#include "base/http/http.h"
#include "base/result.h"
#include "notify/address.h"
#include "notify/message.h"

namespace sidecert::notify {

class Sender {
 public:
  Sender() = default;
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  virtual ~Sender() = default;

  /// Tries once; takes some seconds at most. @returns why not, without anything that opens the address.
  [[nodiscard]] virtual Result<> send(const Address&, const Message&, const Effort&) = 0;
};

class NetworkSender final : public Sender {
 public:
  /// @param trust_files  for mail servers; the HTTP transport has its own
  NetworkSender(HttpTransport& http, std::vector<std::string> trust_files, const Clock& clock)
      : http_(http), trust_files_(std::move(trust_files)), clock_(clock) {}
  [[nodiscard]] Result<> send(const Address&, const Message&, const Effort&) override;

 private:
  HttpTransport& http_;
  std::vector<std::string> trust_files_;
  const Clock& clock_;
};

}  // namespace sidecert::notify
