// Signs requests with the scheme a definition, a credential set or a step names.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http/http.h"
#include "dns/providers/definition.h"
#include "dns/providers/scheme.h"
#include "dns/providers/scope.h"

namespace sidecert::dns::providers {

class Signer {
 public:
  /// @param definition, credentials  must outlive the signer.
  Signer(const Definition& definition, const Credentials& credentials)
      : common_(credentials.sign ? credentials.sign : definition.sign) {}

  /// @param fetch  the body of a URL, unsigned, for schemes that ask the server for something. @returns BadAnswer when there
  /// is no value for what the scheme needs.
  [[nodiscard]] Result<> sign(HttpRequest&, const Step&, const Scope&, TimePoint now, const std::string& nonce,
                              const std::function<Result<std::string>(const std::string&)>& fetch);

  /// The server refused a signature. @returns whether something was learnt from it that may have grown old.
  [[nodiscard]] bool forget() { return scheme_ && scheme_->forget(); }

 private:
  const std::optional<Sign>& common_;
  std::unique_ptr<Scheme> scheme_;  // of `common_`
};

}  // namespace sidecert::dns::providers
