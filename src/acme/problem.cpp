#include "acme/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::string_view kUrn = "urn:ietf:params:acme:error:";
constexpr std::chrono::hours kWhilePaused{24};
// The longest texts that are kept, in characters. A detail may hold a URL with a token of a thousand.
constexpr std::size_t kLongestDetail = 2000;
constexpr std::size_t kLongestSubdetail = 300;
constexpr std::size_t kLongestOther = 300;
constexpr std::size_t kMostSubproblems = 100;
constexpr std::size_t kMostShown = 5;

struct Advice {
  std::string_view type;
  ErrorCode code;
  std::string_view hint;
};

constexpr std::array kAdvice{
    Advice{"externalAccountRequired", ErrorCode::Settings,
           "this CA wants an account of its own first: create one there and set ACME_EAB_KID and ACME_EAB_HMAC_KEY"},
    Advice{"invalidContact", ErrorCode::Settings, "check the address in ACME_EMAIL"},
    Advice{"unsupportedContact", ErrorCode::Settings, "check the address in ACME_EMAIL"},
    Advice{"invalidProfile", ErrorCode::Settings, "choose a profile this CA offers in ACME_PROFILE, or leave it empty"},
    Advice{"rejectedIdentifier", ErrorCode::Settings, "this CA does not certify such a name: check ACME_DOMAINS"},
    Advice{"unsupportedIdentifier", ErrorCode::Settings, "this CA does not certify such a name: check ACME_DOMAINS"},
    Advice{"badCSR", ErrorCode::Settings, "this CA may not take such a key: try another ACME_KEYLENGTH"},
    Advice{"badPublicKey", ErrorCode::Settings, "this CA may not take such a key: try another ACME_KEYLENGTH"},
    Advice{"caa", ErrorCode::Refused, kCaaAdvice},
    Advice{"dns", ErrorCode::Refused,
           "the CA could not look the name up: check that the domain's name servers answer the whole world and that DNSSEC "
           "is in order"},
    Advice{"connection", ErrorCode::Refused, "the CA could not reach the domain's name servers"},
    Advice{"incorrectResponse", ErrorCode::Refused,
           "the CA did not find our TXT record: check that ACME_DNS is where the domain's name servers get their data"},
    Advice{"unauthorized", ErrorCode::Refused, ""},
};

bool knocksForUnpausing(std::string_view detail) {
  return detail.find("paused") != std::string_view::npos || detail.find("unpause") != std::string_view::npos;
}

// A CA that could not look the records up refuses for CAA as well.
bool speaksOfFailedLookup(std::string_view text) {
  constexpr std::array<std::string_view, 6> kSigns{"servfail",  "server failure", "looking up",
                                                   "timed out", "timeout",        "dnssec"};
  const std::string words = lower(text);
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return words.contains(sign); });
}

const Advice* adviceFor(std::string_view type) {
  const auto found = std::ranges::find(kAdvice, type, &Advice::type);
  return found == kAdvice.end() ? nullptr : &*found;
}

std::string shortType(const std::string& type) {
  return type.starts_with(kUrn) ? type.substr(kUrn.size()) : (type == "about:blank" ? std::string() : type);
}

}  // namespace

std::string Problem::words() const {
  std::string text = detail;
  if (text.empty()) text = type.empty() ? fmt::format("status {}", status) : type;
  if (subproblems.empty()) return text;
  std::vector<std::string> each;
  for (const Subproblem& sub : subproblems) {
    const std::string& said = sub.detail.empty() ? sub.type : sub.detail;
    if (each.size() == kMostShown) {
      each.push_back(fmt::format("and {} more", subproblems.size() - kMostShown));
      break;
    }
    each.push_back(sub.identifier.empty() ? said : sub.identifier + ": " + said);
  }
  return fmt::format("{} [{}]", text, join(each, "; "));
}

Problem problemFromJson(const Json& object, int status) {
  Problem problem{.status = status,
                  .type = shortType(excerpt(textMember(object, "type"), kLongestOther)),
                  .detail = excerpt(textMember(object, "detail"), kLongestDetail),
                  .instance = excerpt(textMember(object, "instance"), kLongestDetail),
                  .subproblems = {}};
  if (problem.detail.empty()) problem.detail = excerpt(textMember(object, "title"), kLongestDetail);
  if (const Json* subs = member(object, "subproblems"); subs != nullptr && subs->is_array()) {
    for (const Json& sub : *subs) {
      if (!sub.is_object()) continue;
      if (problem.subproblems.size() == kMostSubproblems) break;
      const Json* identifier = member(sub, "identifier");
      const std::string name = identifier != nullptr ? textMember(*identifier, "value") : std::string();
      problem.subproblems.push_back({.type = shortType(excerpt(textMember(sub, "type"), kLongestOther)),
                                     .detail = excerpt(textMember(sub, "detail"), kLongestSubdetail),
                                     .identifier = excerpt(name, kLongestOther)});
    }
  }
  return problem;
}

Problem readProblem(int status, std::string_view body) {
  if (const auto object = parseObject(body); object && (object->contains("type") || object->contains("detail"))) {
    return problemFromJson(*object, status);
  }
  const std::string said = excerpt(trim(body));
  return {.status = status,
          .type = {},
          .detail = said.empty() ? fmt::format("status {} without an explanation", status)
                                 : fmt::format("status {}: {}", status, said),
          .instance = {},
          .subproblems = {}};
}

std::string adviceOn(const Problem& problem) {
  if (problem.is("caa") && speaksOfFailedLookup(problem.words())) {
    return "the CA could not look up the domain's CAA records, and then may not issue: check that the domain's name servers "
           "answer queries for CAA and that DNSSEC is in order";
  }
  if (problem.is("userActionRequired")) {
    return problem.instance.empty() ? "the CA has new terms of service: agree to them on its pages"
                                    : "open this page once and agree: " + problem.instance;
  }
  if (problem.is("rateLimited") && knocksForUnpausing(problem.detail)) {
    return "the CA has paused these names and will not go on by itself: open the page it names";
  }
  if (const Advice* advice = adviceFor(problem.type)) return std::string(advice->hint);
  // Where several names failed, the type of the whole says nothing ("compound").
  if (problem.subproblems.empty()) return {};
  const Subproblem& first = problem.subproblems.front();
  return adviceOn(Problem{.status = problem.status, .type = first.type, .detail = first.detail});
}

Error toError(const Problem& problem, std::optional<std::chrono::seconds> retry_after) {
  ErrorCode code = ErrorCode::Refused;
  if (problem.is("rateLimited") || problem.status == 429 || problem.status == 503) {
    code = ErrorCode::RateLimited;
  } else if (problem.status >= 500) {
    code = ErrorCode::BadAnswer;
  } else if (problem.is("userActionRequired")) {
    code = ErrorCode::Settings;
  } else if (const Advice* advice = adviceFor(problem.type)) {
    code = advice->code;
  }
  // Without the owner's click nothing changes, so asking more often than this would only add to what the CA counts.
  if (!retry_after && problem.is("rateLimited") && knocksForUnpausing(problem.detail)) retry_after = kWhilePaused;
  return {.code = code, .what = "the CA says: " + problem.words(), .hint = adviceOn(problem), .retry_after = retry_after};
}

std::unexpected<Failure> failed(ErrorCode code, std::string what, std::string hint) {
  return passOn(fail(code, std::move(what), std::move(hint)).error());
}

std::unexpected<Failure> whileDoing(std::string_view doing, Failure failure) {
  failure.error = within(doing, std::move(failure.error)).error();
  return std::unexpected(std::move(failure));
}

}  // namespace sidecert::acme
