#include "dns/providers/classify.h"

namespace sidecert::dns::providers {
namespace {

Meaning byStatus(int status) {
  switch (status) {
    case 401:
    case 403: return Meaning::Denied;
    case 404: return Meaning::Missing;
    case 429: return Meaning::Slow;
    case 408:
    case 500:
    case 502:
    case 503:
    case 504: return Meaning::Busy;
    default: return status / 100 == 2 ? Meaning::Ok : Meaning::Failed;
  }
}

}  // namespace

std::string_view toString(Meaning meaning) {
  switch (meaning) {
    case Meaning::Ok: return "done";
    case Meaning::Exists: return "it exists already";
    case Meaning::Missing: return "it does not exist";
    case Meaning::Conflict: return "somebody else changed it";
    case Meaning::Denied: return "the credentials do not suffice";
    case Meaning::Slow: return "too many requests";
    case Meaning::Busy: return "the server is busy";
    case Meaning::Unreadable: return "not an answer of this API";
    case Meaning::TooMuch: return "more than is read";
    case Meaning::Failed: break;
  }
  return "it failed";
}

Meaning classify(const Outcomes& of_step, const Outcomes& of_all, const Answer& answer, const Scope& scope) {
  const auto is = [&](const Condition& condition) { return holds(condition, answer.response, answer.tree, scope); };
  const auto ok = [&] { return answer.readable() ? Meaning::Ok : answer.too_much ? Meaning::TooMuch : Meaning::Unreadable; };
  // "Slow down" says nothing about what was asked for, however broad the step's other conditions are.
  if (is(of_step.slow) || is(of_all.slow)) return Meaning::Slow;
  for (const Outcomes* set : {&of_step, &of_all}) {
    if (is(set->busy)) return Meaning::Busy;
    if (is(set->denied)) return Meaning::Denied;
    if (is(set->exists)) return Meaning::Exists;
    if (is(set->missing)) return Meaning::Missing;
    if (is(set->conflict)) return Meaning::Conflict;
    if (is(set->failed)) return Meaning::Failed;
    if (is(set->ok)) return ok();
  }
  const Meaning meaning = byStatus(answer.response.status);
  if (meaning != Meaning::Ok || !answer.readable()) return meaning == Meaning::Ok ? ok() : meaning;
  return of_step.ok.declared() || of_all.ok.declared() ? Meaning::Failed : Meaning::Ok;
}

std::string whatOkMisses(const Outcomes& of_step, const Outcomes& of_all, const Answer& answer, const Scope& scope) {
  const Condition& ok = of_step.ok.declared() ? of_step.ok : of_all.ok;
  return whatFails(ok, answer.response, answer.tree, scope);
}

}  // namespace sidecert::dns::providers
