// Runs steps against the API: logs in, signs, keeps the pace, waits and repeats, hides secrets.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ports.h"
#include "dns/providers/answer.h"
#include "dns/providers/classify.h"
#include "dns/providers/definition.h"
#include "dns/providers/redactor.h"
#include "dns/providers/signer.h"

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

/// What a list step read, page by page.
struct Listing {
  ValueList items;  // those that `where` lets through
  Answer first;     // the first page
};

enum class Absence {
  IsAnError,     // "no such thing", unless the step's own `missing` says so
  MeansNothing,  // whatever says it: it is what was asked
};

class Session {
 public:
  /// @param definition, credentials  must outlive the session.
  /// @param secrets  what is never shown, beside what a login captures.
  Session(const Definition& definition, const Credentials& credentials, Scope variables,
          const std::vector<std::string>& secrets, Ports ports);

  /// The variables and what the login captured; outermost scope of all templates.
  [[nodiscard]] const Scope& scope() const { return scope_; }
  [[nodiscard]] const Ports& ports() const { return ports_; }

  /// What may be spent on the calls that follow; it lasts until the next one. At first: no limit but the stop.
  void spend(const Effort& effort) { effort_ = effort; }

  /// Of the last call: as Provider::silent.
  [[nodiscard]] bool silent() const { return silent_; }

  /// @param next_page  a URL in place of the step's own.
  /// @returns a Reply for the outcomes above; an error for anything else, wrong credentials among them.
  [[nodiscard]] Result<Reply> run(const Step&, const Scope&, Repeat,
                                  const std::optional<std::string>& next_page = std::nullopt);

  /// One after the other; captures go into `scope`. Stops at the first that is neither done nor there already.
  [[nodiscard]] Result<Reply> runAll(const Steps&, Scope& scope, Repeat);

  /// @returns Stopped when asked to stop meanwhile.
  [[nodiscard]] Result<> pause(std::chrono::milliseconds);

  /// Every item on every page.
  /// @param absence  how a list is taken that is not there: the 404 of a zone that is gone is no empty list.
  [[nodiscard]] Result<Listing> readAll(const Step&, const Scope&, Absence absence = Absence::IsAnError);

 private:
  struct Prepared {
    HttpRequest request;
    std::string shown;  // method and URL without query and secrets
  };
  [[nodiscard]] Result<> login();
  [[nodiscard]] Result<Prepared> prepare(const Step&, const Scope&, const std::optional<std::string>& next_page);
  [[nodiscard]] Result<HttpResponse> send(const Prepared&);
  [[nodiscard]] Result<std::string> fetch(const std::string& url);
  [[nodiscard]] Result<> setOneTimeCode(const Step&, Scope& moment);
  void notePace(const Answer&);
  [[nodiscard]] std::optional<std::chrono::seconds> askedToWait(const Answer&, const Scope&) const;
  [[nodiscard]] std::string wordsOf(const Answer&) const;
  [[nodiscard]] std::string whatToCheck() const;
  [[nodiscard]] Error failure(Meaning, const Step&, const Answer&, const Scope&, const std::string& shown) const;
  [[nodiscard]] Result<> awaitTurn();
  [[nodiscard]] bool forgetLogin();

  const Definition& definition_;
  const Credentials& credentials_;
  Scope scope_;
  Redactor redactor_;
  Ports ports_;
  Effort effort_ = ports_.effort();
  Signer signer_;
  bool logged_in_ = false;
  bool logging_in_ = false;
  bool silent_ = false;
  std::optional<Error> login_failure_;
  Duration no_login_before_{};  // on the monotonic clock
  std::optional<Duration> next_turn_;
  std::int64_t used_code_ = 0;  // which 30 s step the last one-time code was of: a server takes each only once
};

}  // namespace sidecert::dns::providers
