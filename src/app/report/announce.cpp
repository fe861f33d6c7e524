#include "app/report/announce.h"

#include "app/memory/said.h"
#include "app/report/fact_lines.h"
#include "app/report/outbox.h"

namespace sidecert::app {

std::optional<TimePoint> announce(const config::Settings& settings, const Memory& memory, const std::vector<Fact>& facts,
                                  notify::Sender* sender, const Ports& ports) {
  const auto said = loadSaid(memory);
  sayInLog(ports.log, facts, said.value_or(SaidFacts()));
  // A pass that has nothing new to say writes nothing: a NAS lets its disks sleep.
  const SaidFacts now = asSaid(facts);
  if (said && now != *said) {
    if (auto saved = saveSaid(memory, now); !saved)
      ports.log.warning("what was said could not be noted: {}", describe(saved.error()));
  }
  if (settings.notify_urls.empty() || sender == nullptr) return std::nullopt;
  return Outbox(settings, memory, *sender, ports.about("messages")).tell(facts, Outbox::About::Passes);
}

void announceSettings(const config::Settings& settings, const Memory& memory, const std::vector<Fact>& facts,
                      notify::Sender* sender, const Ports& ports) {
  if (settings.notify_urls.empty() || sender == nullptr) return;
  static_cast<void>(Outbox(settings, memory, *sender, ports.about("messages")).tell(facts, Outbox::About::Settings));
}

}  // namespace sidecert::app
