#include "support/dsm_emulator_page.h"

#include <fmt/format.h>

#include <string_view>

namespace sidecert::testing::emulator {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

template <class List, class Text>
std::string joined(const List& list, Text text) {
  std::string out;
  for (const auto& each : list) out += (out.empty() ? "" : ", ") + text(each);
  return out;
}

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Certificate - DSM emulator</title>
<meta name="viewport" content="width=device-width">
<style>
body{font:15px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222;background:#f4f6f9}
h1{font-size:1.3rem}article{background:#fff;border:1px solid #d5dbe3;border-radius:6px;padding:1rem 1.2rem;margin:1rem 0}
h2{font-size:1.05rem;margin:0 0 .6rem}dl{display:grid;grid-template-columns:9rem 1fr;margin:0;gap:.2rem 1rem}
dt{color:#667}dd{margin:0;overflow-wrap:anywhere}.mark,.bad{background:#066b4a;color:#fff;border-radius:3px;padding:.05rem .5rem;font-size:.8rem;font-weight:normal}
.bad{background:#b3261e}
footer{color:#667;font-size:.85rem}
</style></head><body>
<h1>Control Panel &rsaquo; Security &rsaquo; Certificate</h1>
)";

}  // namespace

std::string certificatePage(const CertificateStore& store, const PageCounts& counts, std::chrono::sys_seconds now) {
  std::string page(kHead);
  for (const auto& entry : store.certificates()) {
    const X509* leaf = entry.material.leaf.get();
    const PartyName subject = subjectOf(leaf);
    const PartyName issuer = issuerOf(leaf);
    const auto names = altNamesOf(leaf);
    const std::string title = !entry.description.empty()     ? entry.description
                              : !subject.common_name.empty() ? subject.common_name
                              : !names.empty()               ? names.front()
                                                             : "(no name)";
    page += fmt::format("<article id=\"{}\"><h2>{}", escaped(entry.id), escaped(title));
    const auto mark = [&](bool shown, std::string_view kind, std::string_view words) {
      if (shown) page += fmt::format(" <span class=\"{}\">{}</span>", kind, words);
    };
    mark(entry.is_default, "mark", "Default certificate");
    mark(entry.renewable, "mark", "Renewed by DSM");
    mark(isExpired(leaf, now), "bad", "Expired");
    mark(entry.broken, "bad", "Incomplete");
    page += "</h2><dl>\n";
    const auto row = [&](std::string_view label, const std::string& value) {
      page += fmt::format("<dt>{}</dt><dd>{}</dd>\n", label, escaped(value));
    };
    row("Description", entry.description);
    row("Issued to", joined(names, [](const std::string& name) { return name; }));
    row("Issued by", issuer.common_name);
    row("Valid from", validFrom(leaf));
    row("Valid till", validTill(leaf));
    row("Key", isEcc(entry.material.key.get()) ? "ECC" : "RSA");
    row("Used for",
        joined(store.servicesOf(entry.id), [](const StoredService& bound) { return bound.service.display_name; }));
    page += "</dl></article>\n";
  }
  page +=
      fmt::format("<footer>An emulator of a Synology DSM, for tests and demonstration. {} logins, {} imports.</footer>\n",
                  counts.logins, counts.imports);
  return page + "</body></html>\n";
}

}  // namespace sidecert::testing::emulator
