#include "dns/providers/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/limits.h"
#include "dns/providers/pager.h"
#include "dns/providers/request.h"

namespace sidecert::dns::providers {
namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::seconds kLongestWait{120};  // a longer Retry-After is the caller's business
constexpr double kMostSecondsAsked = 86400;        // what an answer may ask for; more is taken for this
constexpr double kMostPaceAsked = 600;             // seconds
constexpr double kEvery = 1;                       // seconds between two looks whether it is done
constexpr double kGiveUp = 120;                    // seconds
constexpr std::chrono::minutes kLoginRest{5};      // after one that failed, whoever wants to try again
constexpr int kMostPages = 200;
constexpr std::size_t kMostListed = 32U << 20U;  // octets of all pages
constexpr std::chrono::minutes kLongestListing{10};
constexpr Duration kLongestExchange{40'000};  // it is tried five times; a silent server has 30 s
constexpr std::size_t kShortestToken = 8;     // what a login gives beside a token: numbers, short ids, addresses

/// Values in it, itself included.
std::size_t sizeOf(const Value& value) {
  std::size_t count = 1;
  for (const Value& item : value.items()) count += sizeOf(item);
  for (const Member& member : value.members()) count += sizeOf(member.value);
  return count;
}

Duration inMilliseconds(double seconds) {
  return Duration(static_cast<std::int64_t>(seconds * 1000));
}

std::optional<double> secondsIn(const Value& value, double most) {
  const auto number = findTransform("number")->apply(value, "").number();
  if (!number || !std::isfinite(*number) || *number < 0) return std::nullopt;
  return std::min(*number, most);
}

std::string shownUrl(const HttpRequest& request) {
  return request.method + " " + request.url.substr(0, request.url.find('?'));
}

ErrorCode codeOf(Meaning meaning) {
  switch (meaning) {
    case Meaning::Denied: return ErrorCode::Settings;
    case Meaning::Slow: return ErrorCode::RateLimited;
    case Meaning::Busy: return ErrorCode::Unreachable;
    case Meaning::Unreadable:
    case Meaning::TooMuch: return ErrorCode::BadAnswer;
    default: return ErrorCode::Refused;
  }
}

// Another effort for as long as this lives.
class Spending {
 public:
  Spending(Effort& place, Effort meanwhile) : place_(place), before_(std::exchange(place, std::move(meanwhile))) {}
  Spending(const Spending&) = delete;
  Spending& operator=(const Spending&) = delete;
  ~Spending() { place_ = before_; }

 private:
  Effort& place_;
  const Effort before_;
};

}  // namespace

Session::Session(const Definition& definition, const Credentials& credentials, Scope variables,
                 const std::vector<std::string>& secrets, Ports ports)
    : definition_(definition),
      credentials_(credentials),
      scope_(std::move(variables)),
      ports_(std::move(ports)),
      signer_(definition, credentials) {
  for (const std::string& secret : secrets) redactor_.add(secret);
}

Result<> Session::pause(std::chrono::milliseconds time) {
  return effort_.pause(time, "waiting for " + definition_.name);
}

Result<> Session::awaitTurn() {
  if (!next_turn_) return {};
  return pause(*next_turn_ - ports_.clock.monotonic());
}

bool Session::forgetLogin() {
  const bool was_in = std::exchange(logged_in_, false);
  return signer_.forget() || was_in;
}

Result<> Session::login() {
  const Steps& steps = credentials_.login.empty() ? definition_.login : credentials_.login;
  if (logged_in_ || logging_in_ || steps.empty()) return {};
  if (login_failure_ && ports_.clock.monotonic() < no_login_before_) return std::unexpected(*login_failure_);
  logging_in_ = true;
  Scope captures(&scope_);
  auto reply = runAll(steps, captures, Repeat::Freely);
  logging_in_ = false;
  if (!reply || reply->outcome != Outcome::Done) {
    Error error = reply ? reply->error : reply.error();
    // The set that needs nothing is taken when nothing was set: an owner who forgot a variable has to read its name.
    if (credentials_.needs.empty() && definition_.credentials.size() > 1) {
      error.hint = "set " + join(definition_.credentials.front().inWords(), " and ");
    }
    error.what = "logging in: " + error.what;
    if (error.code != ErrorCode::Stopped) {
      login_failure_ = error;
      no_login_before_ = ports_.clock.monotonic() + kLoginRest;
    }
    return std::unexpected(std::move(error));
  }
  login_failure_.reset();
  for (const Step& step : steps) {
    for (const auto& [name, source] : step.capture) {
      const Value* value = captures.find(name);
      if (!value) continue;
      const std::string text = toText(*value);
      if (text.size() > kShortestToken && !parseUrl(text)) redactor_.add(text);
      scope_.set(name, *value);
    }
  }
  logged_in_ = true;
  return {};
}

Result<Session::Prepared> Session::prepare(const Step& step, const Scope& scope,
                                           const std::optional<std::string>& next_page) {
  if (!step.unsigned_) {
    if (auto in = login(); !in) return std::unexpected(in.error());
  }
  Scope moment(&scope);
  if (auto code = setOneTimeCode(step, moment); !code) return std::unexpected(code.error());
  const TimePoint now = ports_.clock.now();
  const std::string nonce = hex(crypto::randomOctets(16));
  moment.set("now", static_cast<std::int64_t>(now.time_since_epoch().count()));
  moment.set("nonce", nonce);
  auto request = buildRequest(definition_, credentials_, step, moment, next_page);
  if (!request) return std::unexpected(request.error());
  Prepared out{std::move(*request), {}};
  out.request.total_limit = kLongestExchange;
  out.shown = redactor_.apply(shownUrl(out.request));
  out.request.secret_path = out.shown.contains("***");
  const auto fetcher = [this](const std::string& url) { return fetch(url); };
  if (auto done = signer_.sign(out.request, step, moment, now, nonce, fetcher); !done) return std::unexpected(done.error());
  return out;
}

Result<HttpResponse> Session::send(const Prepared& prepared) {
  if (auto turn = awaitTurn(); !turn) return std::unexpected(turn.error());
  ports_.log.debug("{}", prepared.shown);
  const Duration begun = ports_.clock.monotonic();
  auto response = ports_.http.send(prepared.request, effort_);
  silent_ = !response && response.error().code != ErrorCode::BadAnswer && ports_.clock.monotonic() - begun >= kSilence;
  if (definition_.pace > 0) next_turn_ = ports_.clock.monotonic() + inMilliseconds(definition_.pace);
  return response;
}

Result<std::string> Session::fetch(const std::string& url) {
  Step step;
  step.get.emplace().literals[0] = url;
  step.answers = Format::Text;
  step.unsigned_ = true;
  // A page of HTML in place of the text is some proxy's, and passes.
  Expected page{Expected::Kind::Starts, {}};
  page.text.literals[0] = "<";
  step.outcomes.busy.any = {{ConditionTest{"text", BodyTest{{page}}}}};
  auto reply = run(step, scope_, Repeat::Freely);
  if (!reply) return std::unexpected(reply.error());
  if (reply->outcome != Outcome::Done) return std::unexpected(reply->error);
  return reply->answer.response.body;
}

Result<> Session::setOneTimeCode(const Step& step, Scope& moment) {
  if (!credentials_.totp || !step.uses("totp")) return {};
  const auto secret = fromBase32(renderText(*credentials_.totp, scope_).value_or(""));
  if (!secret || secret->empty()) return fail(ErrorCode::Settings, credentials_.totp->spelling + ": not a base32 secret");
  constexpr std::int64_t step_ms = 30'000;
  if (const auto time = ports_.clock.now().time_since_epoch().count(); time / step_ms == used_code_) {
    if (auto slept = pause(Duration(step_ms - time % step_ms)); !slept) return slept;
  }
  const auto time = ports_.clock.now().time_since_epoch().count();
  used_code_ = time / step_ms;
  moment.set("totp", crypto::totp(*secret, time / 1000));
  return {};
}

void Session::notePace(const Answer& answer) {
  if (!definition_.pace_from) return;
  if (const auto pace = secondsIn(valueAt(answer.tree, *definition_.pace_from), kMostPaceAsked))
    next_turn_ = ports_.clock.monotonic() + inMilliseconds(*pace);
}

std::optional<std::chrono::seconds> Session::askedToWait(const Answer& answer, const Scope& scope) const {
  const Value said = definition_.retry_from ? captured(*definition_.retry_from, answer, answer.tree, scope) : Value();
  if (const auto seconds = secondsIn(said, kMostSecondsAsked))
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(*seconds)));
  const auto field = answer.response.headers.first("Retry-After");
  return field ? parseRetryAfter(*field, ports_.clock.now()) : std::nullopt;
}

// What the server says about a failure, from the places the definition names; else the body. Of a login only what stands at
// a named place: the rest of its answer may be a token.
std::string Session::wordsOf(const Answer& answer) const {
  std::string said;
  for (const Source& source : definition_.message) {
    if (source.pointer) {
      if (logging_in_ && source.pointer->pointer.segments.empty()) continue;
      for (const Value& one : selectItems(answer.tree, *source.pointer)) {
        if (!one.isStructured()) said += (said.empty() ? "" : "; ") + toText(one);
      }
    } else if (!logging_in_) {
      said = toText(captured(source, answer, answer.tree, scope_));
    }
    if (!said.empty()) return said;
  }
  return logging_in_ ? "" : std::string(trim(answer.response.body));
}

std::string Session::whatToCheck() const {
  std::vector<std::string> names;
  for (const Need& need : credentials_.needs) {
    const Value* value = scope_.find(need.name);
    names.push_back(need.value ? fmt::format("{} (set to {})", need.name, *need.value)
                               : fmt::format("{} (set, {} characters)", need.name, value ? toText(*value).size() : 0));
  }
  std::string out = "check " + join(names, ", ");
  if (!definition_.rights.empty()) out += "; needed: " + definition_.rights;
  if (!definition_.keys_at.empty()) out += "; found at " + definition_.keys_at;
  return out;
}

Error Session::failure(Meaning meaning, const Step& step, const Answer& answer, const Scope& scope,
                       const std::string& shown) const {
  std::string said = excerpt(redactor_.apply(wordsOf(answer)));
  if (!answer.readable() && (said.empty() || answer.too_much)) said = answer.problem;
  if (said.empty() && logging_in_) {
    const std::string missed = whatOkMisses(step.outcomes, definition_.outcomes, answer, scope);
    said = missed.empty() ? std::string(toString(meaning)) : "not what a successful login has at " + missed;
  }
  Error out;
  out.code = codeOf(meaning);
  out.what = fmt::format("{}: status {}{}{}", shown, answer.response.status, said.empty() ? "" : ", ", said);
  if (meaning == Meaning::Denied) out.hint = whatToCheck();
  return out;
}

Result<Reply> Session::run(const Step& step, const Scope& scope, Repeat repeat,
                           const std::optional<std::string>& next_page) {
  const Duration give_up = ports_.clock.monotonic() + inMilliseconds(step.limit.value_or(kGiveUp));
  bool renewed = false;
  bool new_code = false;
  int attempt = 1;
  // A login on the way draws on the same attempts.
  const Spending meanwhile(effort_, effort_.trying(kAttempts));
  while (true) {
    Duration wait = std::chrono::seconds(1 << attempt);
    // What cannot be asked is not asked again.
    const auto prepared = prepare(step, scope, next_page);
    if (!prepared) return std::unexpected(prepared.error());
    auto response = send(*prepared);
    if (!response) {
      const ErrorCode code = response.error().code;
      const bool lost = code == ErrorCode::AnswerLost || code == ErrorCode::BadAnswer;
      if (lost && repeat == Repeat::AskMe) return Reply{Outcome::Lost, {}, response.error()};
      if ((!lost && code != ErrorCode::Unreachable) || !effort_.tryAgain()) return std::unexpected(response.error());
      ++attempt;
      if (auto slept = pause(wait); !slept) return std::unexpected(slept.error());
      continue;
    }
    const Answer answer = readAnswer(std::move(*response), step.answers.value_or(definition_.answers), definition_.page_end);
    notePace(answer);
    const Meaning meaning = classify(step.outcomes, definition_.outcomes, answer, scope);
    ports_.log.debug("status {}, {} octets: {}", answer.response.status, answer.response.body.size(), toString(meaning));
    Error error = failure(meaning, step, answer, scope, prepared->shown);
    switch (meaning) {
      case Meaning::Ok:
        if (!step.until.declared() || holds(step.until, answer.response, answer.tree, scope))
          return Reply{Outcome::Done, answer, {}};
        if (ports_.clock.monotonic() >= give_up) {
          return fail(ErrorCode::Refused,
                      fmt::format("{}: not done after {} s", prepared->shown, step.limit.value_or(kGiveUp)));
        }
        wait = inMilliseconds(step.every.value_or(kEvery));
        break;
      case Meaning::Exists: return Reply{Outcome::Exists, answer, std::move(error)};
      case Meaning::Missing: return Reply{Outcome::Missing, answer, std::move(error)};
      case Meaning::Conflict: return Reply{Outcome::Conflict, answer, std::move(error)};
      case Meaning::TooMuch:
      case Meaning::Failed: return std::unexpected(std::move(error));
      case Meaning::Denied:
        // A one-time code may have been used by a process that was killed: the next one tells.
        if (credentials_.totp && step.uses("totp") && !std::exchange(new_code, true)) continue;
        // The token, or what is known of the server's clock, may simply have grown old.
        if (renewed || logging_in_ || !forgetLogin()) return std::unexpected(std::move(error));
        renewed = true;
        continue;
      case Meaning::Slow:
      case Meaning::Busy:
      case Meaning::Unreadable: {
        if (meaning != Meaning::Slow && repeat == Repeat::AskMe) return Reply{Outcome::Lost, answer, std::move(error)};
        const auto asked = askedToWait(answer, scope);
        error.retry_after = asked;
        if ((asked && *asked > kLongestWait) || !effort_.tryAgain()) return std::unexpected(std::move(error));
        ++attempt;
        if (asked) wait = *asked;
        break;
      }
    }
    if (auto slept = pause(wait); !slept) return std::unexpected(slept.error());
  }
}

Result<Reply> Session::runAll(const Steps& steps, Scope& scope, Repeat repeat) {
  Reply last;
  for (const Step& step : steps) {
    auto reply = run(step, scope, repeat);
    if (!reply) {
      if (!step.may_fail || reply.error().code == ErrorCode::Stopped) return reply;
      ports_.log.debug("{}", describe(reply.error()));
      continue;
    }
    if (reply->outcome != Outcome::Done && reply->outcome != Outcome::Exists && !step.may_fail) return reply;
    for (const auto& [name, source] : step.capture)
      scope.set(name, captured(source, reply->answer, reply->answer.tree, scope));
    last = std::move(*reply);
  }
  return last;
}

Result<Listing> Session::readAll(const Step& step, const Scope& outer, Absence absence) {
  Listing out;
  ValueList came;
  std::size_t gone = 0;
  std::size_t octets = 0;
  std::size_t values = 0;
  const Spending meanwhile(effort_, effort_.upTo(kLongestListing));
  Pager pager(step.pages ? &*step.pages : nullptr);
  for (int n = 1; n <= kMostPages; ++n) {
    Scope scope(&outer);
    pager.describe(scope);
    auto reply = run(step, scope, Repeat::Freely, pager.url());
    if (!reply) return std::unexpected(reply.error());
    if (n == 1) out.first = reply->answer;
    if (reply->outcome == Outcome::Missing &&
        (absence == Absence::MeansNothing ||
         holds(step.outcomes.missing, reply->answer.response, reply->answer.tree, scope)))
      return stillThere(step, reply->answer, scope) ? fail(ErrorCode::BadAnswer, std::string(kBothWays))
                                                    : Result<Listing>(out);
    if (reply->outcome != Outcome::Done) return std::unexpected(std::move(reply->error));
    auto items = itemsOf(step, reply->answer, step.answers.value_or(definition_.answers), scope);
    if (!items) return std::unexpected(items.error());
    octets += reply->answer.response.body.size();
    if (octets > kMostListed)
      return fail(ErrorCode::BadAnswer, fmt::format("the list is larger than {} octets", kMostListed));
    for (Value& item : *items) {
      values += sizeOf(item);
      if (values > Limits{}.nodes)
        return fail(ErrorCode::BadAnswer, fmt::format("the list holds more than {} values", Limits{}.nodes));
      if (!step.detail.empty()) {
        if (!holdsFor(step.detail_for, item, scope)) continue;
        Scope inner(&scope);
        inner.set("item", item);
        auto detail = runAll(step.detail, inner, Repeat::Freely);
        if (!detail) return std::unexpected(detail.error());
        if (detail->outcome != Outcome::Done) {
          ++gone;
          continue;
        }
        item = detail->answer.tree;
      }
      came.push_back(item);
      if (holdsFor(step.where, item, scope)) {
        out.items.push_back(std::move(item));
      } else if (auto sure = checkDropped(step, item, scope); !sure) {
        return std::unexpected(sure.error());
      }
    }
    if (pager.advance(reply->answer, items->size())) continue;
    ports_.log.debug("{} items came, {} of them count", came.size(), out.items.size());
    if (gone > 0 && came.empty())
      return fail(ErrorCode::BadAnswer, fmt::format("{} item(s) are listed, and none can be read", gone));
    if (auto whole = checkMembers(step, came, out.items); !whole) return std::unexpected(whole.error());
    return out;
  }
  return fail(ErrorCode::BadAnswer, fmt::format("the list has no end after {} pages", kMostPages));
}

}  // namespace sidecert::dns::providers
