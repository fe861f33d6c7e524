// What no data can say: named ways to sign a request. A definition refers to one by name and hands it rendered values.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/http/http.h"
#include "base/result.h"

namespace sidecert::dns::providers {

struct SigningContext {
  const std::map<std::string, std::string>& with;                // what the definition hands over, rendered
  TimePoint now;                                                 // one moment for the whole request
  std::string nonce;                                             // 32 hex digits, new for each request
  std::function<Result<std::string>(const std::string&)> fetch;  // the body of a URL, unsigned, with all patience
};

class Scheme {
 public:
  Scheme() = default;
  Scheme(const Scheme&) = delete;
  Scheme& operator=(const Scheme&) = delete;
  virtual ~Scheme() = default;
  /// Adds what proves who sends it. The request is otherwise complete and is sent as it stands afterwards.
  [[nodiscard]] virtual Result<> sign(HttpRequest&, const SigningContext&) = 0;
  /// The server refused it: forget what was learnt from it, such as its clock.
  /// @returns whether there was anything, that is, whether trying again could help.
  virtual bool forget() { return false; }
};

struct SchemeEntry {
  std::string_view name;
  std::vector<std::string_view> needs;     // members of `with`
  std::vector<std::string_view> may_have;  // and those that may be left out
  std::string_view meaning;
  std::unique_ptr<Scheme> (*make)();
};

[[nodiscard]] std::span<const SchemeEntry> schemes();
[[nodiscard]] const SchemeEntry* findScheme(std::string_view name);

// Each in its own file, sign_<name>.cpp.
[[nodiscard]] std::unique_ptr<Scheme> makeAlibabaRpc();
[[nodiscard]] std::unique_ptr<Scheme> makeAuroraDns();
[[nodiscard]] std::unique_ptr<Scheme> makeAwsV4();
[[nodiscard]] std::unique_ptr<Scheme> makeBaiduBce();
[[nodiscard]] std::unique_ptr<Scheme> makeConstellix();
[[nodiscard]] std::unique_ptr<Scheme> makeDnsMadeEasy();
[[nodiscard]] std::unique_ptr<Scheme> makeEdgeGrid();
[[nodiscard]] std::unique_ptr<Scheme> makeExoscale();
[[nodiscard]] std::unique_ptr<Scheme> makeGname();
[[nodiscard]] std::unique_ptr<Scheme> makeHuaweiSdk();
[[nodiscard]] std::unique_ptr<Scheme> makeJdCloud2();
[[nodiscard]] std::unique_ptr<Scheme> makeJwtBearer();
[[nodiscard]] std::unique_ptr<Scheme> makeOci();
[[nodiscard]] std::unique_ptr<Scheme> makeOvh();
[[nodiscard]] std::unique_ptr<Scheme> makeTencentTc3();
[[nodiscard]] std::unique_ptr<Scheme> makeTransIp();
[[nodiscard]] std::unique_ptr<Scheme> makeWebsupport();
[[nodiscard]] std::unique_ptr<Scheme> makeYandexJwt();

}  // namespace sidecert::dns::providers
