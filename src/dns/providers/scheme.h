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
#include "base/http.h"
#include "base/result.h"

namespace sidecert::dns::providers {

struct SigningContext {
  const std::map<std::string, std::string>& with;                // what the definition hands over, rendered
  TimePoint now;                                                 // one moment for the whole request
  std::function<Result<HttpResponse>(const HttpRequest&)> send;  // for schemes that ask for time or a token
};

class Scheme {
 public:
  Scheme() = default;
  Scheme(const Scheme&) = delete;
  Scheme& operator=(const Scheme&) = delete;
  virtual ~Scheme() = default;
  /// Adds what proves who sends it. The request is otherwise complete and is sent as it stands afterwards.
  [[nodiscard]] virtual Result<> sign(HttpRequest&, const SigningContext&) = 0;
  /// The server refused it: forget tokens and clock offsets.
  virtual void forget() {}
};

struct SchemeEntry {
  std::string_view name;
  std::vector<std::string_view> needs;  // members of `with`
  std::string_view meaning;
  std::unique_ptr<Scheme> (*make)();
};

[[nodiscard]] std::span<const SchemeEntry> schemes();
[[nodiscard]] const SchemeEntry* findScheme(std::string_view name);

[[nodiscard]] std::unique_ptr<Scheme> makeAwsV4();  // sign_aws.cpp
[[nodiscard]] std::unique_ptr<Scheme> makeOvh();    // sign_ovh.cpp

}  // namespace sidecert::dns::providers
