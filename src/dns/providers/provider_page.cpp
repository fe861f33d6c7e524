#include "dns/providers/provider_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dns/providers/embedded.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::string_view kProviderLines = "      ACME_DNS: ";  // the first of them in compose/sidecert.yaml
constexpr std::string_view kLinesBehind = "      SYNO_";
constexpr std::size_t kCommentColumn = 50;

std::string commented(std::string line, const std::string& comment) {
  return fmt::format("{:<{}}# {}\n", line, std::max(kCommentColumn, line.size() + 1), comment);
}

// What stands in a set's words: NAME, NAME=value, or "NAME of 64 characters".
std::string nameIn(const std::string& need) {
  return need.substr(0, need.find_first_of("= "));
}

const Variable* declared(const Description& provider, const std::string& name) {
  const auto found = std::ranges::find(provider.variables, name, &Variable::name);
  return found == provider.variables.end() ? nullptr : &*found;
}

// What most owners set: of the sets that ask for anything the shortest, and of these the best.
std::vector<std::string> shortestSet(const Description& provider) {
  std::vector<std::string> out;
  for (const auto& set : provider.credential_sets) {
    if (!set.empty() && (out.empty() || set.size() < out.size())) out = set;
  }
  return out;
}

std::string settingsOf(const Description& provider) {
  std::string out = commented(fmt::format("      ACME_DNS: {}", provider.id), provider.title);
  for (const std::string& need : shortestSet(provider)) {
    const std::string name = nameIn(need);
    const Variable* variable = declared(provider, name);
    if (variable == nullptr) continue;
    const auto equals = need.find('=');
    const std::string line = equals != std::string::npos ? fmt::format("      {}: \"{}\"", name, need.substr(equals + 1))
                             : variable->secret && !variable->path
                                 ? fmt::format("      {}_FILE: /secrets/{}", name, lower(name))
                             : variable->path ? fmt::format("      {}: /secrets/{}", name, lower(name))
                                              : fmt::format("      {}: \"{}\"", name, variable->fallback);
    out += commented(line, variable->secret && !variable->path ? "a file with the " + variable->meaning : variable->meaning);
  }
  return out;
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string setsOf(const Description& provider) {
  if (provider.credential_sets.size() == 1 && provider.credential_sets.front().empty())
    return "Nothing more has to be set.\n";
  std::string out = provider.credential_sets.size() > 1 ? "Then set one of these:\n\n" : "Then set:\n\n";
  for (const auto& set : provider.credential_sets) {
    std::vector<std::string> words;
    for (const std::string& need : set) words.push_back("`" + need + "`");
    out += "* " + (words.empty() ? std::string("nothing more") : join(words, " and ")) + "\n";
  }
  return out;
}

std::string variablesOf(const Description& provider) {
  if (provider.variables.empty()) return {};
  std::string out = "\n| variable | meaning | default |\n|---|---|---|\n";
  for (const Variable& one : provider.variables) {
    const std::string fallback = one.fallback.empty() ? "" : "`" + one.fallback + "`";
    const std::string also = one.also.empty() ? "" : "; also read: `" + join(one.also, "`, `") + "`";
    out += fmt::format("| `{}` | {}{}{} | {} |\n", one.name, cell(one.meaning), also,
                       one.secret ? fmt::format(" (secret: better in a file, named in `{}_FILE`)", one.name) : "",
                       cell(fallback));
  }
  return out;
}

}  // namespace

std::string composeFileFor(const Description& provider) {
  const std::string file(embeddedComposeFile());
  const auto from = file.find(kProviderLines);
  const auto to = file.find(kLinesBehind, from);
  return file.substr(0, from) + settingsOf(provider) + file.substr(to);
}

std::string providerPage(const Description& provider) {
  std::string out = fmt::format("# {} (`{}`)\n\n", provider.title, provider.id);
  if (!provider.unusable.empty())
    return out + fmt::format("It cannot be used: {}.\n\nInstead: {}.\n\nMore: {}\n", provider.unusable, provider.instead,
                             provider.docs);
  out += fmt::format("Set `ACME_DNS={}`. {}", provider.id, setsOf(provider));
  out += variablesOf(provider) + "\n";
  const auto line = [&](std::string_view title, const std::string& text) {
    if (!text.empty()) out += fmt::format("* **{}:** {}\n", title, text);
  };
  line("Where to get it", provider.keys_at);
  line("Least privilege", provider.rights);
  line("Good to know", provider.note);
  line("Its API", provider.docs);
  if (!provider.verified.empty()) line("Checked against", provider.verified);
  if (!provider.aliases.empty()) line("Also called", join(provider.aliases, ", "));
  out += fmt::format(
      "\n## A compose file to paste\n\nWrite your own values in place of those of home.example; put secrets into files in "
      "the "
      "folder `secrets`.\n\n```yaml\n{}```\n\nTry it before the first order: `sidecert check` looks into the zone with "
      "these "
      "settings and changes nothing.\n",
      composeFileFor(provider));
  return out;
}

std::string providerIndex(std::span<const Entry> entries) {
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries) sorted.push_back(&entry);
  std::ranges::sort(sorted, {}, [](const Entry* one) { return std::pair(lower(one->title), one->id); });
  std::string out = fmt::format(
      "# DNS providers\n\n{} ids, by the name of the company. An id is acme.sh's; lego's names are understood as well. A "
      "provider "
      "that is not here: set `ACME_DNS=dns_acmeproxy` and run a bridge that speaks lego's httpreq protocol, mount a "
      "definition of your own "
      "([how](../provider-definitions.md)), or point `_acme-challenge` to a zone elsewhere (`ACME_CHALLENGE_ALIAS`).\n\n"
      "| company | id | also called | checked against |\n|---|---|---|---|\n",
      sorted.size());
  for (const Entry* one : sorted) {
    const Description* provider = find(one->id);
    const std::string checked = provider == nullptr           ? ""
                                : !provider->unusable.empty() ? "cannot be used: the page says what to use instead"
                                                              : provider->verified;
    out += fmt::format("| {} | [{}]({}.md) | {} | {} |\n", cell(one->title), one->id, one->id,
                       cell(join(one->aliases, ", ")), checked);
  }
  return out;
}

}  // namespace sidecert::dns::providers
