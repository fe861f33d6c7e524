// A mail server as RFC 5321 describes one, with STARTTLS and AUTH where a test wants them, keeping what it is given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/test_ca.h"

namespace sidecert::testing {

struct MailServerOptions {
  std::optional<TestCertificate> certificate = std::nullopt;  // needed for TLS of either kind
  bool tls_first = false;                                     // TLS before the greeting
  bool offers_starttls = false;
  std::string mechanisms = {};  // "PLAIN LOGIN"; empty: AUTH is not offered
  std::string user = {};
  std::string password = {};
  std::string refused_recipient = {};  // 550
  int data_reply = 250;                // to the message itself
};

struct ReceivedMail {
  std::string from;
  std::vector<std::string> to;
  std::string text;  // as sent, dots undoubled
  bool encrypted = false;
  std::string user;  // who logged in; empty: nobody
};

class MailServer {
 public:
  explicit MailServer(MailServerOptions);
  ~MailServer();
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::vector<ReceivedMail> received() const;
  /// Every line a client sent, in order; the message's own lines left out.
  [[nodiscard]] std::vector<std::string> commands() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sidecert::testing
