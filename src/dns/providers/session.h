// Runs steps against the API: logs in, signs, keeps the pace, understands the answer, waits and repeats, hides secrets.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ports.h"
#include "dns/providers/answer.h"
#include "dns/providers/definition.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {

enum class Outcome {
  Done,
  Exists,    // it was there already
  Missing,   // there is no such thing
  Conflict,  // changed meanwhile: read again
  Lost,      // nobody knows whether it took effect: look again
};

enum class Repeat {
  Freely,  // sending it twice does no harm
  AskMe,   // after a lost answer, return Lost
};

struct Reply {
  Outcome outcome = Outcome::Done;
  Answer answer;
  Error error;  // what to say when the outcome is not good enough
};

class Session {
 public:
  /// @param definition, credentials  must outlive the session.
  /// @param secrets  what is never shown, beside what a login captures.
  Session(const Definition& definition, const Credentials& credentials, Scope variables, std::vector<std::string> secrets,
          Ports ports);

  /// The variables and what the login captured; outermost scope of all templates.
  [[nodiscard]] const Scope& scope() const { return scope_; }
  [[nodiscard]] const Ports& ports() const { return ports_; }

  /// @returns a Reply for the outcomes above; an error for anything else, wrong credentials among them.
  [[nodiscard]] Result<Reply> run(const Step&, const Scope&, Repeat);

  /// One after the other; captures go into `scope`. Stops at the first that is neither done nor there already.
  [[nodiscard]] Result<Reply> runAll(const Steps&, Scope& scope, Repeat);

  /// @returns Stopped when asked to stop meanwhile.
  [[nodiscard]] Result<> pause(std::chrono::milliseconds);

  /// Every item on every page that `where` lets through. Missing is an empty list.
  /// @param first  receives the first page's answer, when given.
  [[nodiscard]] Result<std::vector<Json>> readAll(const Step&, const Scope&, Answer* first = nullptr);

 private:
  enum class Kind { Ok, Exists, Missing, Conflict, Denied, Slow, Busy, Unreadable, Failed };
  [[nodiscard]] Result<> login();
  [[nodiscard]] Result<HttpResponse> exchange(const Step&, const Scope&, std::string& shown);
  [[nodiscard]] Result<> sign(HttpRequest&, const Step&, const Scope& moment, TimePoint now);
  [[nodiscard]] Result<std::string> fetch(const std::string& url);
  [[nodiscard]] Result<> setOneTimeCode(const Step&, Scope& moment);
  [[nodiscard]] Kind classify(const Step&, const Answer&, const Scope&) const;
  [[nodiscard]] std::optional<std::chrono::seconds> askedToWait(const Answer&, const Scope&) const;
  [[nodiscard]] Error failure(Kind, const Answer&, const std::string& shown) const;
  [[nodiscard]] Result<> awaitTurn();
  [[nodiscard]] std::string redacted(std::string text) const;
  [[nodiscard]] bool forgetLogin();

  const Definition& definition_;
  const Credentials& credentials_;
  Scope scope_;
  std::vector<std::string> secrets_;
  Ports ports_;
  std::unique_ptr<Scheme> scheme_;
  bool logged_in_ = false;
  bool logging_in_ = false;
  std::optional<Duration> next_turn_;
  std::int64_t used_code_ = 0;  // which 30 s step the last one-time code was of: a server takes each only once
};

}  // namespace sidecert::dns::providers
