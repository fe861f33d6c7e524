#include "config/reference.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "config/variables.h"

namespace sidecert::config {
namespace {

constexpr std::size_t kWidth = 110;

/// A table cell: "|" would end it.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string asComment(std::string_view text) {
  std::string out;
  std::string line = "#";
  for (const std::string& word : splitList(text, " ")) {
    if (line.size() + word.size() + 1 > kWidth) {
      out += line + "\n";
      line = "#";
    }
    line += " " + word;
  }
  return out + line + "\n";
}

std::string_view scopeOf(const Variable& variable) {
  switch (variable.scope) {
    case Scope::Global: return "once";
    case Scope::Certificate: return "per certificate";
    case Scope::Nas: return "per NAS";
  }
  return "once";
}

std::string row(const Variable& variable) {
  std::string meaning(variable.meaning);
  if (variable.secret) meaning += " **Secret.**";
  if (!variable.older.empty()) meaning += fmt::format(" Also read: `{}`.", join(splitList(variable.older), "`, `"));
  return fmt::format("| `{}` | {} | {} | {} |\n", variable.name, cell(meaning),
                     variable.fallback.empty() ? "" : "`" + cell(variable.fallback) + "`", scopeOf(variable));
}

}  // namespace

std::string environmentPage() {
  std::string page =
      "<!-- Made by `sidecert variables --markdown`; edit src/config/variables_*.cpp instead. -->\n"
      "# Environment variables\n\n"
      "The environment is the only configuration. Rules for every variable:\n\n"
      "* `NAME_FILE` reads the value of `NAME` from a file, for secrets; a newline at the end is not part of the value.\n"
      "* One pair of quotes around a value is taken off, with a note in the log. In a compose file a `$` is written `$$`.\n"
      "* Names are read in any case. A name that is nearly one of these gets a \"did you mean\" in the log.\n"
      "* All faults are told together, each with its variable and what would be right.\n"
      "* Yes and no are `1`/`0`, `yes`/`no`, `true`/`false` or `on`/`off`.\n\n"
      "Several certificates: `CERT_<LABEL>_<VARIABLE>` is for the certificate LABEL alone; several NAS: "
      "`NAS_<LABEL>_<VARIABLE>`\n"
      "likewise. `CERT_<LABEL>_NAS=A,B` says where a certificate goes. What carries no label is for all of them. The "
      "column\n"
      "\"set\" says which labels a variable takes.\n\n"
      "The DNS providers' own variables are those of acme.sh; `sidecert providers ID` shows them.\n";
  std::string_view group;
  for (const Variable* variable : registry()) {
    if (variable->group != group) {
      group = variable->group;
      page += fmt::format("\n## {}\n\n| variable | meaning | default | set |\n|---|---|---|---|\n", group);
    }
    page += row(*variable);
  }
  return page;
}

std::string exampleEnvironment() {
  std::string file =
      "# Made by `sidecert variables --env`; edit src/config/variables_*.cpp instead.\n"
      "# Copy to .env, take the # away in front of what you set. docs/environment.md has the rules.\n";
  std::string_view group;
  for (const Variable* variable : registry()) {
    if (variable->group != group) {
      group = variable->group;
      file += fmt::format("\n### {}\n", group);
    }
    file += "\n" + asComment(variable->meaning);
    if (variable->beginner && !variable->example.empty()) {
      file += fmt::format("{}={}\n", variable->name, variable->example);
    } else {
      file += fmt::format("#{}={}\n", variable->name, variable->example.empty() ? variable->fallback : variable->example);
    }
  }
  return file;
}

std::string variablesForPeople() {
  std::string text;
  std::string_view group;
  for (const Variable* variable : registry()) {
    if (variable->group != group) {
      text += fmt::format("{}{}\n", group.empty() ? "" : "\n", variable->group);
      group = variable->group;
    }
    text += fmt::format("  {:<22}{}{}\n", variable->name, variable->meaning,
                        variable->fallback.empty() ? "" : fmt::format(" [{}]", variable->fallback));
  }
  return text +
         "\nNAME_FILE reads NAME from a file. CERT_<LABEL>_NAME and NAS_<LABEL>_NAME are for several certificates and "
         "NAS.\n";
}

}  // namespace sidecert::config
