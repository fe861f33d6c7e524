#include "app/report/health.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/memory/views.h"
#include "app/report/fact_lines.h"

namespace sidecert::app {

Standing standing(const Ports& ports, const Path& data, const config::Validated& validated) {
  Standing all{.settings = validated.settings, .faults = validated.faults, .at = ports.clock.now()};
  const Memory memory = memoryIn(data, ports);
  if (const auto views = viewAll(memory, ports); views && all.settings)
    all.settings = inTheirFolders(std::move(*all.settings), *views);
  const config::Settings* settings = all.settings ? &*all.settings : nullptr;
  all.remembered = recall(memory, ports, settings);
  all.facts = judge(settings, all.faults, all.remembered, all.at);
  return all;
}

Health healthOf(const Standing& standing) {
  if (!isHealthy(standing.facts)) {
    const auto worst = std::ranges::max_element(standing.facts, {}, &Fact::severity);
    const auto others =
        std::ranges::count_if(standing.facts, [](const Fact& f) { return f.severity >= Severity::Warning; }) - 1;
    return {.healthy = false,
            .line = fmt::format("{}{}", lineOf(*worst), others > 0 ? fmt::format(" (and {} more)", others) : "")};
  }
  std::string good;
  for (const View& seen : standing.remembered.certificates) {
    if (!seen.current || !standing.settings) continue;
    const auto& wanted = standing.settings->certificates;
    const auto found = std::ranges::find(wanted, seen.title, &config::CertificateSettings::title);
    if (found == wanted.end()) continue;
    good += fmt::format("{}{} valid until {}", good.empty() ? "" : "; ", found->subject(), toWords(seen.current->not_after));
  }
  return {.healthy = true, .line = good};
}

int exitCodeOf(const std::vector<Fact>& facts) {
  return isHealthy(facts) ? 0 : 1;
}

}  // namespace sidecert::app
