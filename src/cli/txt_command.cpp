// `sidecert txt add|remove NAME VALUE`: one record by the provider of ACME_DNS, for trying a token out.
#include <array>
#include <cstdio>

#include "app/pass/challenges.h"
#include "cli/command.h"
#include "cli/runtime.h"
#include "dns/name.h"

namespace sidecert::cli {

int txt(const Invocation& invocation) {
  const std::vector<std::string>& words = invocation.arguments;
  if (words.size() != 3 || (words[0] != "add" && words[0] != "remove")) {
    std::fputs("usage: sidecert txt add|remove NAME VALUE\n", stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Dns, true);
  if (runtime == nullptr) return kWrongSettings;
  runtime->stopOnSignals();
  const Ports ports = runtime->ports();
  auto name = dns::toAscii(words[1]);
  if (!name) {
    ports.log.error("{}", describe(name.error()));
    return kWrongSettings;
  }
  const config::CertificateSettings& settings = runtime->settings().certificates.front();
  app::Providers providers(settings, runtime->resolver(), ports);
  dns::PublishOptions options;
  options.challenge_alias = settings.challenge_alias;
  options.domain_alias = settings.domain_alias;
  dns::Publisher publisher(runtime->resolver(), [&](const std::string& at) { return providers.of(at); }, options, ports);
  const std::array wished{dns::TxtRecord{.name = *name, .value = words[2]}};
  auto placements = publisher.place(wished, ports.effort());
  Result<> done;
  if (!placements) {
    done = std::unexpected(placements.error());
  } else {
    done = words[0] == "add" ? publisher.add(*placements, ports.effort()) : publisher.withdraw(*placements);
  }
  if (!done) {
    ports.log.error("{}", describe(done.error()));
    return done.error().code == ErrorCode::Settings ? kWrongSettings : kFailed;
  }
  ports.log.info("TXT record at {} {}", placements->front().record.name, words[0] == "add" ? "added" : "removed");
  return kDone;
}

}  // namespace sidecert::cli
