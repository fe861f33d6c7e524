// An acme-dns server: one sub-domain per account, updated over HTTP, answered over real DNS.
// Source: https://github.com/joohoi/acme-dns#api (register, update, health; a rolling window of the two newest values).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/scripted_dns.h"
#include "support/web_server.h"

namespace sidecert::testing {

class AcmeDnsServer {
 public:
  struct Account {
    std::string username;
    std::string password;
    std::string subdomain;
    std::string full_domain;
  };

  /// @param zone  what it is authoritative for, on port 53 of an address of its own
  explicit AcmeDnsServer(std::string zone);

  [[nodiscard]] const std::string& address() const { return dns_.address(); }
  [[nodiscard]] std::string url() const { return web_.url("", address()); }

  /// As POST /register does it.
  Account addAccount();

  /// The values a question for the sub-domain is answered with.
  [[nodiscard]] std::vector<std::string> values(const std::string& subdomain) const;
  /// "POST /update 200", in order.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  WebAnswer answer(const WebRequest&);
  WebAnswer update(const WebRequest&);
  std::vector<std::string> answerDns(const std::string& query);

  std::string zone_;
  mutable std::mutex mutex_;
  std::map<std::string, Account> accounts_;                // by user name
  std::map<std::string, std::deque<std::string>> values_;  // by sub-domain
  std::vector<std::string> requests_;
  ScriptedDns dns_;
  WebServer web_;
};

}  // namespace sidecert::testing
