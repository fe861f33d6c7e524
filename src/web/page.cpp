#include "web/page.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"

namespace sidecert::web {
namespace {

using state::array;
using state::flag;
using state::Json;
using state::number;
using state::object;
using state::text;
using state::texts;

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#c4291c}
@media(prefers-color-scheme:dark){:root{--good:#3fb950;--bad:#ff7b72}}
body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.1rem;margin:0}h2{font-size:1.25rem;margin:0 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
.health{border-left:.4rem solid;padding:.5rem 1rem;margin:1rem 0}.health b{display:block;font-size:1.4rem}
.good{border-color:var(--good)}.good b{color:var(--good)}.bad{border-color:var(--bad)}.bad b,.failed{color:var(--bad)}
section{border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
dl{display:grid;grid-template-columns:7rem 1fr;gap:.2rem 1rem;margin:0}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
footer{opacity:.7;font-size:.85rem}
)";

std::string escaped(std::string_view raw) {
  return escapeAttribute(printable(raw));
}

std::string words(const Json& value, const char* name) {
  const auto at = state::time(value, name);
  return at ? toWords(*at) : std::string();
}

std::string row(std::string_view term, std::string_view description, std::string_view style = {}) {
  if (description.empty()) return {};
  return fmt::format("<dt>{}</dt><dd{}>{}</dd>\n", term, style.empty() ? "" : fmt::format(" class=\"{}\"", style),
                     escaped(description));
}

std::string failure(const Json& attempts) {
  const Json error = object(attempts, "error");
  if (text(error, "what").empty()) return {};
  const std::int64_t times = number(attempts, "failuresInARow");
  return row("failed",
             fmt::format("{}, last at {}: {}", times == 1 ? "once" : fmt::format("{} times in a row", times),
                         words(attempts, "lastFailure"), text(error, "what")),
             "failed") +
         row("to mend it", text(error, "mend")) + row("next try", words(attempts, "nextTry"));
}

std::string expiry(const Json& issued, TimePoint now) {
  const auto end = state::time(issued, "notAfter");
  if (!end) return {};
  return *end > now ? fmt::format("{}, in {}", toWords(*end), toWords(*end - now)) : toWords(*end) + ": it has expired";
}

std::string proof(const Json& verified) {
  const std::string seen = text(verified, "proof");
  const std::string detail = text(verified, "detail");
  const std::string what = seen == "served"           ? "DSM serves it"
                           : seen == "not-served-yet" ? "DSM does not serve it yet"
                                                      : "not seen served";
  return detail.empty() ? what : what + ": " + detail;
}

std::string nas(const Json& target) {
  std::string out = fmt::format("<h3>NAS {}</h3>\n<dl>\n", escaped(text(target, "nas")));
  const Json deployed = object(target, "deployed");
  const std::string at = words(deployed, "at");
  out += row("deployed", at.empty() ? "not yet" : flag(deployed, "current") ? at : at + ", an older certificate");
  if (!at.empty()) {
    out += row("proof", proof(object(target, "verified")));
    const std::string services = join(texts(target, "services"), ", ");
    out += row("services", services.empty() ? "none" : services);
    for (const Json& holder : array(target, "inUse"))
      out += row("in use", fmt::format("\"{}\" by {}", text(holder, "certificate"), join(texts(holder, "services"), ", ")));
  }
  return out + failure(object(target, "attempts")) + "</dl>\n";
}

std::string certificate(const Json& one, TimePoint now, bool settings_known) {
  std::string out = fmt::format("<section>\n<h2>{}</h2>\n<dl>\n", escaped(text(one, "title")));
  const Json issued = object(one, "issued");
  const Json renewal = object(one, "renewal");
  const bool wanted = !object(one, "next").empty();
  if (settings_known && !wanted) out += row("note", "no setting names it any more");
  const std::string at = words(issued, "at");
  out += row("issued", issued.empty() ? "not yet" : at.empty() ? words(issued, "notBefore") : at);
  out += row("by", text(issued, "directory"));
  out += row("names", join(texts(issued, "names"), ", "));
  out += row("expires", expiry(issued, now));
  out += row("renewal", words(renewal, "at"));
  out += row("the CA says", text(renewal, "explanation"));
  out += failure(object(one, "ordered"));
  if (const std::string dns = failure(object(one, "dns")); !dns.empty())
    out += row("DNS", "a renewal would fail", "failed") + dns;
  if (wanted) out += row("next", fmt::format("{}, {}", words(object(one, "next"), "at"), text(object(one, "next"), "why")));
  out += "</dl>\n";
  for (const Json& target : array(one, "targets")) out += nas(target);
  return out + "</section>\n";
}

std::string factOf(const Json& fact) {
  const std::string severity = text(fact, "severity");
  if (severity == "news") return {};
  return fmt::format("<section class=\"{}\">\n<h3>{}</h3>\n<dl>\n", severity == "note" ? "note" : "failed",
                     escaped(text(fact, "title"))) +
         row("what", text(fact, "what")) + row("to mend it", text(fact, "mend")) + row("since", words(fact, "since")) +
         row("next try", words(fact, "nextTry")) + "</dl>\n</section>\n";
}

}  // namespace

std::string statusPage(const Json& status) {
  const Json health = object(status, "health");
  const bool healthy = flag(health, "healthy");
  const TimePoint now = state::time(status, "at").value_or(TimePoint{});
  const std::vector<std::string> faults = texts(status, "faults");
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"refresh\" content=\"60\">\n"
      "<title>{} - Sidecert</title>\n<style>{}</style>\n</head>\n<body>\n<h1>Sidecert</h1>\n",
      healthy ? "All is well" : "Something needs you", kStyle);
  out += fmt::format("<div class=\"health {}\"><b>{}</b>{}</div>\n", healthy ? "good" : "bad",
                     healthy ? "All is well" : "Something needs you", escaped(text(health, "why")));
  for (const Json& fact : array(status, "facts")) out += factOf(fact);
  if (!faults.empty()) {
    out += "<section>\n<h2>Wrong settings</h2>\n<ul>\n";
    for (const std::string& fault : faults) out += fmt::format("<li>{}</li>\n", escaped(fault));
    out += "</ul>\n</section>\n";
  }
  for (const Json& one : array(status, "certificates")) out += certificate(one, now, faults.empty());
  out += fmt::format(
      "<footer>sidecert {}, {}. For programs: <a href=\"status.json\">status.json</a>, <a "
      "href=\"health\">health</a></footer>\n"
      "</body>\n</html>\n",
      escaped(text(status, "sidecert")), toWords(now));
  return out;
}

}  // namespace sidecert::web
