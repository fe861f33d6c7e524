#include "dns/providers/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/providers/request.h"

namespace sidecert::dns::providers {
namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::seconds kLongestWait{120};  // a longer Retry-After is the caller's business
constexpr int kMostPages = 200;
constexpr std::size_t kShortestSecret = 4;
constexpr std::size_t kShortestToken = 8;  // what a login gives beside a token: numbers, short ids, addresses

Duration inMilliseconds(double seconds) {
  return Duration(static_cast<std::int64_t>(seconds * 1000));
}

// As a template that stands for itself.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return out;
}

std::string shownUrl(const HttpRequest& request) {
  return request.method + " " + request.url.substr(0, request.url.find('?'));
}

}  // namespace

Session::Session(const Definition& definition, const Credentials& credentials, Scope variables,
                 std::vector<std::string> secrets, Ports ports)
    : definition_(definition),
      credentials_(credentials),
      scope_(std::move(variables)),
      secrets_(std::move(secrets)),
      ports_(std::move(ports)) {
  std::erase_if(secrets_, [](const std::string& secret) { return secret.size() < kShortestSecret; });
}

Result<> Session::pause(std::chrono::milliseconds time) {
  if (time > Duration(0) && !ports_.clock.sleepFor(time, ports_.stop)) {
    return fail(ErrorCode::Stopped, "asked to stop while waiting for " + definition_.name);
  }
  return {};
}

Result<> Session::awaitTurn() {
  if (!next_turn_) return {};
  return pause(*next_turn_ - ports_.clock.monotonic());
}

std::string Session::redacted(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (const std::string& form : {secret, percentEncode(secret)}) {
      for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at))
        text.replace(at, form.size(), "***");
    }
  }
  return text;
}

bool Session::forgetLogin() {
  const bool was_in = std::exchange(logged_in_, false);
  const bool scheme_knew = scheme_ && scheme_->forget();
  return was_in || scheme_knew;
}

Result<> Session::login() {
  const Steps& steps = credentials_.login.empty() ? definition_.login : credentials_.login;
  if (logged_in_ || logging_in_ || steps.empty()) return {};
  logging_in_ = true;
  Scope captures(&scope_);
  auto reply = runAll(steps, captures, Repeat::Freely);
  logging_in_ = false;
  if (!reply || reply->outcome != Outcome::Done) {
    Error error = reply ? reply->error : reply.error();
    // The set that needs nothing is taken when nothing was set: an owner who forgot a variable has to read its name.
    if (credentials_.needs.empty() && definition_.credentials.size() > 1) {
      error.hint = "set " + join(definition_.credentials.front().needs, " and ");
    }
    return within("logging in", std::move(error));
  }
  for (const Step& step : steps) {
    for (const auto& [name, source] : step.capture) {
      const Json* value = captures.find(name);
      if (!value) continue;
      const std::string text = toText(*value);
      if (text.size() > kShortestToken && !parseUrl(text)) secrets_.push_back(text);
      scope_.set(name, *value);
    }
  }
  logged_in_ = true;
  return {};
}

Result<HttpResponse> Session::exchange(const Step& step, const Scope& scope, std::string& shown) {
  if (!step.unsigned_) {
    if (auto in = login(); !in) return std::unexpected(in.error());
  }
  Scope moment(&scope);
  if (auto code = setOneTimeCode(step, moment); !code) return std::unexpected(code.error());
  const TimePoint now = ports_.clock.now();
  moment.set("now", static_cast<std::int64_t>(now.time_since_epoch().count()));
  moment.set("nonce", hex(crypto::randomOctets(16)));
  auto request = buildRequest(definition_, credentials_, step, moment);
  if (!request) return std::unexpected(request.error());
  shown = redacted(shownUrl(*request));
  request->secret_path = shown.find("***") != std::string::npos;
  if (auto signed_ = sign(*request, step, moment, now); !signed_) return std::unexpected(signed_.error());
  if (auto turn = awaitTurn(); !turn) return std::unexpected(turn.error());
  ports_.log.debug("{}: {}", definition_.name, shown);
  auto response = ports_.http.send(*request);
  if (definition_.pace > 0) next_turn_ = ports_.clock.monotonic() + inMilliseconds(definition_.pace);
  return response;
}

Result<> Session::sign(HttpRequest& request, const Step& step, const Scope& moment, TimePoint now) {
  const auto& common = credentials_.sign ? credentials_.sign : definition_.sign;
  const auto& sign = step.sign ? step.sign : common;
  if (!sign || (step.unsigned_ && !step.sign)) return {};
  std::map<std::string, std::string> with;
  for (const auto& [name, pattern] : sign->with) {
    if (auto value = renderText(pattern, moment)) with[name] = *value;
  }
  const SchemeEntry* entry = findScheme(sign->scheme);
  if (!entry) return fail(ErrorCode::Internal, "no signing scheme " + sign->scheme);
  for (const auto& need : entry->needs) {
    if (!with.contains(std::string(need)))
      return fail(ErrorCode::BadAnswer, fmt::format("no value for {} to sign with", need));
  }
  std::unique_ptr<Scheme> own;
  if (step.sign || !scheme_) (step.sign ? own : scheme_) = entry->make();
  Scheme& scheme = step.sign ? *own : *scheme_;
  return scheme.sign(request, {with, now, toText(*moment.find("nonce")), [this](const auto& url) { return fetch(url); }});
}

Result<std::string> Session::fetch(const std::string& url) {
  Step step;
  step.get = literal(url);
  step.answers = "text";
  step.unsigned_ = true;
  auto reply = run(step, scope_, Repeat::Freely);
  if (!reply) return std::unexpected(reply.error());
  if (reply->outcome != Outcome::Done) return std::unexpected(reply->error);
  return reply->answer.response.body;
}

Result<> Session::setOneTimeCode(const Step& step, Scope& moment) {
  if (credentials_.totp.empty() || !stepUses(step, "totp")) return {};
  const auto secret = fromBase32(renderText(credentials_.totp, scope_).value_or(""));
  if (!secret || secret->empty()) return fail(ErrorCode::Settings, credentials_.totp + ": not a base32 secret");
  constexpr std::int64_t step_ms = 30'000;
  if (const auto time = ports_.clock.now().time_since_epoch().count(); time / step_ms == used_code_) {
    if (auto slept = pause(Duration(step_ms - time % step_ms)); !slept) return slept;
  }
  const auto time = ports_.clock.now().time_since_epoch().count();
  used_code_ = time / step_ms;
  moment.set("totp", crypto::totp(*secret, time / 1000));
  return {};
}

Session::Kind Session::classify(const Step& step, const Answer& answer, const Scope& scope) const {
  const int status = answer.response.status;
  // "Slow down" says nothing about what was asked for, however broad the step's other conditions are.
  for (const Outcomes* set : {&step.outcomes, &definition_.outcomes}) {
    if (holds(set->slow, answer, scope)) return Kind::Slow;
  }
  for (const Outcomes* set : {&step.outcomes, &definition_.outcomes}) {
    if (holds(set->busy, answer, scope)) return Kind::Busy;
    if (holds(set->denied, answer, scope)) return Kind::Denied;
    if (holds(set->exists, answer, scope)) return Kind::Exists;
    if (holds(set->missing, answer, scope)) return Kind::Missing;
    if (holds(set->conflict, answer, scope)) return Kind::Conflict;
    if (holds(set->failed, answer, scope)) return Kind::Failed;
    if (holds(set->ok, answer, scope)) return answer.readable ? Kind::Ok : Kind::Unreadable;
  }
  switch (status) {
    case 401:
    case 403: return Kind::Denied;
    case 404: return Kind::Missing;
    case 429: return Kind::Slow;
    case 408:
    case 500:
    case 502:
    case 503:
    case 504: return Kind::Busy;
    default: break;
  }
  if (status / 100 != 2) return Kind::Failed;
  if (!answer.readable) return Kind::Unreadable;
  const bool ok_declared = step.outcomes.ok.declared() || definition_.outcomes.ok.declared();
  return ok_declared ? Kind::Failed : Kind::Ok;
}

Error Session::failure(Kind kind, const Answer& answer, const std::string& shown) const {
  std::string said;
  for (const std::string& pointer : definition_.message) {
    for (const Json* one : selectAll(answer.tree, pointer)) {
      if (one->is_null() || !toText(*one).size()) continue;
      said += (said.empty() ? "" : "; ") + toText(*one);
    }
    if (!said.empty()) break;
  }
  if (said.empty()) said = std::string(trim(answer.response.body));
  said = excerpt(redacted(said));
  Error out;
  out.what =
      fmt::format("{}: {}: status {}{}{}", definition_.name, shown, answer.response.status, said.empty() ? "" : ", ", said);
  switch (kind) {
    case Kind::Denied: {
      out.code = ErrorCode::Settings;
      std::vector<std::string> names;
      for (const std::string& need : credentials_.needs) {
        const Json* value = scope_.find(need);
        names.push_back(fmt::format("{} (set, {} characters)", need, value ? toText(*value).size() : 0));
      }
      out.hint = "check " + join(names, ", ");
      if (!definition_.rights.empty()) out.hint += "; needed: " + definition_.rights;
      if (!definition_.keys_at.empty()) out.hint += "; found at " + definition_.keys_at;
      break;
    }
    case Kind::Slow: out.code = ErrorCode::RateLimited; break;
    case Kind::Busy: out.code = ErrorCode::Unreachable; break;
    case Kind::Unreadable: out.code = ErrorCode::BadAnswer; break;
    default: out.code = ErrorCode::Refused;
  }
  return out;
}

std::optional<std::chrono::seconds> Session::askedToWait(const Answer& answer, const Scope& scope) const {
  if (const auto number = parseNumber(trim(toText(captured(definition_.retry_from, answer, answer.tree, scope))))) {
    return std::chrono::seconds(*number);
  }
  const auto field = answer.response.headers.first("Retry-After");
  return field ? parseRetryAfter(*field, ports_.clock.now()) : std::nullopt;
}

Result<Reply> Session::run(const Step& step, const Scope& scope, Repeat repeat) {
  const Duration give_up = ports_.clock.monotonic() + inMilliseconds(step.limit);
  bool renewed = false;
  bool new_code = false;
  int attempt = 1;
  while (true) {
    std::string shown(step.method());
    Duration wait = std::chrono::seconds(1 << attempt);
    auto response = exchange(step, scope, shown);
    if (!response) {
      const ErrorCode code = response.error().code;
      const bool lost = code == ErrorCode::AnswerLost || code == ErrorCode::BadAnswer;
      if (lost && repeat == Repeat::AskMe) return Reply{Outcome::Lost, {}, response.error()};
      if ((!lost && code != ErrorCode::Unreachable) || attempt++ >= kAttempts) return std::unexpected(response.error());
      if (auto slept = pause(wait); !slept) return std::unexpected(slept.error());
      continue;
    }
    const Answer answer = readAnswer(std::move(*response), step.answers.empty() ? definition_.answers : step.answers);
    if (const Json more = definition_.pace_from.empty() ? Json() : valueAt(answer.tree, definition_.pace_from + "|number");
        more.is_number()) {
      next_turn_ = ports_.clock.monotonic() + inMilliseconds(more.get<double>());
    }
    const Kind kind = classify(step, answer, scope);
    Error error = failure(kind, answer, shown);
    switch (kind) {
      case Kind::Ok:
        if (!step.until.declared() || holds(step.until, answer, scope)) return Reply{Outcome::Done, answer, {}};
        if (ports_.clock.monotonic() >= give_up) {
          return fail(ErrorCode::Refused, fmt::format("{}: {}: not done after {} s", definition_.name, shown, step.limit));
        }
        wait = inMilliseconds(step.every);
        break;
      case Kind::Exists: return Reply{Outcome::Exists, answer, std::move(error)};
      case Kind::Missing: return Reply{Outcome::Missing, answer, std::move(error)};
      case Kind::Conflict: return Reply{Outcome::Conflict, answer, std::move(error)};
      case Kind::Failed: return std::unexpected(std::move(error));
      case Kind::Denied:
        // A one-time code may have been used by a process that was killed: the next one tells.
        if (!credentials_.totp.empty() && stepUses(step, "totp") && !std::exchange(new_code, true)) continue;
        // The token, or what is known of the server's clock, may simply have grown old.
        if (renewed || logging_in_ || !forgetLogin()) return std::unexpected(std::move(error));
        renewed = true;
        continue;
      case Kind::Slow:
      case Kind::Busy:
      case Kind::Unreadable: {
        if (kind != Kind::Slow && repeat == Repeat::AskMe) return Reply{Outcome::Lost, answer, std::move(error)};
        const auto asked = askedToWait(answer, scope);
        error.retry_after = asked;
        if ((asked && *asked > kLongestWait) || attempt++ >= kAttempts) return std::unexpected(std::move(error));
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

Result<std::vector<Json>> Session::readAll(const Step& step, const Scope& outer, Answer* first) {
  std::vector<Json> out;
  Step page = step;
  Json number = step.pages && step.pages->page ? Json(*step.pages->page) : Json(nullptr);
  std::size_t seen = 0;
  std::string cursor;
  for (int n = 1; n <= kMostPages; ++n) {
    Scope scope(&outer);
    if (step.pages) {
      scope.set("page", number);
      scope.set("size", step.pages->size);
      if (step.pages->offset) scope.set("offset", static_cast<std::size_t>(*step.pages->offset) + seen);
      if (!cursor.empty()) scope.set("cursor", cursor);
    }
    auto reply = run(page, scope, Repeat::Freely);
    if (!reply) return std::unexpected(reply.error());
    if (first && n == 1) *first = reply->answer;
    if (reply->outcome == Outcome::Missing) return out;
    auto items = itemsOf(step, reply->answer);
    for (Json& item : items) {
      if (!step.detail.empty()) {
        Scope inner(&scope);
        inner.set("item", item);
        auto detail = runAll(step.detail, inner, Repeat::Freely);
        if (!detail) return std::unexpected(detail.error());
        if (detail->outcome != Outcome::Done) continue;  // gone meanwhile
        item = detail->answer.tree;
      }
      if (holdsFor(step.where, item, scope)) out.push_back(item);
    }
    if (!step.pages) return out;
    seen += items.size();
    const Pages& pages = *step.pages;
    const auto at = [&](const std::string& pointer) {
      return pointer.empty() ? Json(nullptr) : valueAt(reply->answer.tree, pointer);
    };
    if (!pages.next.empty() || pages.link) {
      std::string next = toText(at(pages.next));
      if (pages.link) {
        for (const std::string& field : reply->answer.response.headers.all("Link")) {
          for (const std::string& link : splitList(field)) {
            if (link.starts_with('<') && link.find("rel=\"next\"") != std::string::npos)
              next = link.substr(1, link.find('>') - 1);
          }
        }
      }
      if (next.empty() || next == page.get) return out;
      // A page elsewhere would be handed our credentials.
      const auto base = parseUrl(renderText(definition_.base, scope).value_or(""));
      const auto there = parseUrl(next);
      if (there && (!base || there->origin() != base->origin())) {
        return fail(ErrorCode::BadAnswer,
                    fmt::format("{}: the next page lies on another server: {}", definition_.name, there->origin()));
      }
      page.get = literal(next);
      page.query = nullptr;
      continue;
    }
    if (!pages.cursor.empty()) {
      const std::string next = toText(at(pages.cursor));
      if (next.empty() || next == cursor) return out;
      cursor = next;
      continue;
    }
    if (items.empty()) return out;
    const Json total = at(pages.total.empty() ? "" : pages.total + "|number");
    const Json count = at(pages.pages.empty() ? "" : pages.pages + "|number");
    const Json more = at(pages.more);
    if (!pages.total.empty() && total.is_number() && seen >= total.get<std::size_t>()) return out;
    if (!pages.pages.empty() && count.is_number() && n >= count.get<int>()) return out;
    if (!pages.more.empty() && (more.is_null() || more == false || more == "" || more == "false")) return out;
    if (pages.total.empty() && pages.pages.empty() && pages.more.empty() &&
        items.size() < static_cast<std::size_t>(pages.size))
      return out;
    if (number.is_number()) number = number.get<int>() + 1;
  }
  return fail(ErrorCode::BadAnswer, fmt::format("{}: the list has no end after {} pages", definition_.name, kMostPages));
}

}  // namespace sidecert::dns::providers
