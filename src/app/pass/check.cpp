#include "app/pass/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "acme/directory.h"
#include "acme/known_cas.h"
#include "acme/persistent.h"
#include "app/memory/acme_memory.h"
#include "app/memory/nas_memory.h"
#include "app/memory/views.h"
#include "app/pass/challenges.h"
#include "app/pass/check_ca.h"
#include "base/text.h"
#include "crypto/key.h"
#include "dns/preflight.h"
#include "dsm/target.h"
#include "dsm/way.h"
#include "state/certificate_folder.h"
#include "state/persistence.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

constexpr Duration kPatience{60'000};         // for a DSM whose disks sleep
constexpr Duration kClocksApart{5 * 60'000};  // DSM's and the CAs' own

Finding bad(std::string step, std::string about, const Error& error) {
  return {
      .step = std::move(step), .about = std::move(about), .verdict = Verdict::Bad, .what = error.what, .mend = error.hint};
}

class Checker {
 public:
  Checker(const config::Settings& settings, const World& world, const Report& report)
      : world_(world), ports_(world.ports), report_(report), memory_(memoryIn(settings.data, ports_)), settings_(settings) {
    if (const auto views = viewAll(memory_, ports_)) settings_ = inTheirFolders(std::move(settings_), *views);
  }

  bool run() {
    auto volume = state::Volume::open(settings_.data, ports_);
    const auto lost = state::whyNotKept(state::persistenceOf(settings_.data, ports_.files), settings_.data);
    if (lost && !settings_.ephemeral) tell(bad("data folder", "", *lost));
    if (!volume) {
      tell(bad("data folder", "", volume.error()));
    } else {
      describeFolder();
    }
    for (const config::CertificateSettings& certificate : settings_.certificates) {
      if (certificate.deploy_from.empty()) {
        checkCas(certificate);
        checkTxt(certificate, volume.has_value());
      }
      for (const config::NasSettings& nas : certificate.targets) checkNas(certificate, nas);
      if (certificate.targets.empty())
        tell({.step = "NAS",
              .about = certificate.subject(),
              .verdict = Verdict::Skipped,
              .what = "no SYNO_ variable is set: the files are kept, nothing is deployed",
              .mend = {}});
    }
    return good_;
  }

 private:
  void tell(const Finding& finding) {
    good_ = good_ && finding.verdict != Verdict::Bad;
    report_(finding);
  }

  void describeFolder() {
    auto views = viewAll(memory_, ports_);
    if (!views) return tell(bad("data folder", "", views.error()));
    const auto there =
        static_cast<std::size_t>(std::ranges::count_if(*views, [](const View& seen) { return seen.current.has_value(); }));
    tell({.step = "data folder",
          .about = {},
          .what = fmt::format("{} can be written to; {} there", settings_.data.string(),
                              there == 0   ? "no certificate is"
                              : there == 1 ? "one certificate is"
                                           : fmt::format("{} certificates are", there)),
          .mend = {}});
  }

  void checkCas(const config::CertificateSettings& certificate) {
    const std::string about = certificate.subject();
    for (const std::string& url : certificate.servers) {
      const auto directory = acme::fetchDirectory(url, ports_);
      if (!directory) {
        tell(bad("CA", about, directory.error()));
        continue;
      }
      tell(findingOn(certificate, *directory));
      checkClock(url);
      checkCaa(certificate, *directory);
      if (certificate.challenge == config::ChallengeKind::DnsPersist01) tellPersistent(certificate, *directory);
    }
  }

  void checkClock(const std::string& url) {
    if (clock_checked_) return;
    clock_checked_ = true;
    const auto answer = ports_.http.send(acme::requestTo("GET", url), ports_.effort());
    const auto date = answer ? answer->headers.first("Date") : std::nullopt;
    const auto theirs = date ? parseHttpDate(*date) : std::nullopt;
    if (!theirs) return;
    const Duration apart = std::chrono::abs(ports_.clock.now() - *theirs);
    if (apart <= kClocksApart) return;
    tell({.step = "clock",
          .about = {},
          .verdict = Verdict::Bad,
          .what = fmt::format("this machine's clock and the CA's are {} apart", toWords(apart)),
          .mend = "let the NAS set its time by NTP: Control Panel > Regional Options > Time"});
  }

  void checkCaa(const config::CertificateSettings& certificate, const acme::Directory& directory) {
    const auto troubles = dns::preflight(world_.resolver, certificate.names,
                                         {.issuers = directory.caa_identities,
                                          .validation_method = methodOf(certificate),
                                          .account_url = accountUrl(directory)},
                                         ports_.effort());
    for (const Error& trouble : troubles) tell(bad("CAA and DNSSEC", certificate.subject(), trouble));
    if (troubles.empty())
      tell({.step = "CAA and DNSSEC",
            .about = certificate.subject(),
            .what = fmt::format("nothing keeps {} from issuing for {}", acme::caName(directory.url),
                                join(certificate.names, ", ")),
            .mend = {}});
  }

  static std::string methodOf(const config::CertificateSettings& certificate) {
    switch (certificate.challenge) {
      case config::ChallengeKind::Dns01: return "dns-01";
      case config::ChallengeKind::DnsAccount01: return "dns-account-01";
      case config::ChallengeKind::DnsPersist01: return "dns-persist-01";
    }
    return "dns-01";
  }

  std::optional<acme::StoredAccount> storedAccount(const acme::Directory& directory) {
    auto account = AccountMemory(memory_, ports_).load(directory.url);
    return account ? *account : std::nullopt;
  }

  std::string accountUrl(const acme::Directory& directory) {
    const auto account = storedAccount(directory);
    return account ? account->url : std::string();
  }

  void tellPersistent(const config::CertificateSettings& certificate, const acme::Directory& directory) {
    Finding finding{.step = "standing record", .about = certificate.subject(), .what = {}, .mend = {}};
    const auto account = storedAccount(directory);
    const auto key = account ? crypto::PrivateKey::fromPem(account->key_pem.reveal()) : fail(ErrorCode::Storage, "");
    if (!account || account->url.empty() || !key) {
      finding.verdict = Verdict::Doubtful;
      finding.what = "the record that ACME_CHALLENGE=dns-persist-01 needs names the account, and there is none yet";
      finding.mend = "let Sidecert run once, then check again";
      return tell(finding);
    }
    const auto records = acme::recordsToPublish(directory, {.url = account->url, .thumbprint = key->thumbprint()},
                                                certificate.names, std::nullopt);
    for (const acme::PersistentRecord& record : records) {
      finding.what = fmt::format("set once, by hand: {} TXT \"{}\"", record.name, record.value);
      tell(finding);
    }
    if (records.empty()) {
      finding.verdict = Verdict::Bad;
      finding.what = fmt::format("{} does not offer dns-persist-01", acme::caName(directory.url));
      finding.mend = "use ACME_CHALLENGE=dns-01";
      tell(finding);
    }
  }

  /// A record as the challenge's would be: same name, same shape (some services take nothing else), same list of what may
  /// be standing in DNS, so a kill in the middle is cleaned up by the next start.
  void checkTxt(const config::CertificateSettings& certificate, bool folder_usable) {
    const std::string about = certificate.subject();
    if (certificate.challenge == config::ChallengeKind::DnsPersist01 && certificate.providers.empty()) return;
    if (!folder_usable)
      return tell({.step = "TXT record",
                   .about = about,
                   .verdict = Verdict::Skipped,
                   .what = "no probe without a data folder to note it in",
                   .mend = {}});
    const std::vector<acme::ChallengeRecord> probes = probesFor(certificate.names);
    Challenges challenges(certificate, memory_, world_.resolver, ports_);
    const auto published = challenges.publish(probes);
    challenges.withdraw();
    if (!published) return tell(bad("TXT record", about, published.error()));
    if (challenges.anythingLeft())
      return tell({.step = "TXT record",
                   .about = about,
                   .verdict = Verdict::Bad,
                   .what = "a probe record was added, but could not be removed",
                   .mend = "the log says why; the key may lack the right to delete records"});
    std::vector<std::string> names;
    names.reserve(probes.size());
    for (const acme::ChallengeRecord& probe : probes) names.push_back(probe.name);
    tell({.step = "TXT record",
          .about = about,
          .what = fmt::format("added for {}, {}, removed", join(names, ", "),
                              certificate.dns_sleep ? "waited as ACME_DNSSLEEP says" : "seen at every name server"),
          .mend = {}});
  }

  void checkNas(const config::CertificateSettings& certificate, const config::NasSettings& nas) {
    const std::string about = certificate.subject();
    const Ports ports = ports_.about(nas.title());
    auto memory = loadTargetState(memory_, certificate.title(), nas);
    if (!memory) return tell(bad(nas.title(), about, memory.error()));
    const auto asked = ask(nas, *memory, ports);
    if (auto saved = saveTargetState(memory_, certificate.title(), nas, *memory); !saved)
      tell(bad(nas.title(), about, within("keeping what DSM answered", saved.error()).error()));
    if (!asked) return tell(bad(nas.title(), about, asked.error()));
    const std::vector<dsm::Entry>& entries = asked->entries;
    if (asked->refuses_ec_keys && certificate.deploy_from.empty() && config::isEc(certificate.key_length))
      tell({.step = nas.title(),
            .about = about,
            .verdict = Verdict::Bad,
            .what = "this is a DSM 6, which refuses certificates with EC keys",
            .mend = "set ACME_KEYLENGTH=2048"});
    const bool same_wish = memory->certificate_wanted == nas.certificate;
    const auto target = dsm::chooseTarget({.description = nas.certificate,
                                           .create = nas.create,
                                           .remembered_id = same_wish ? memory->certificate_id : "",
                                           .names = certificate.names},
                                          entries);
    if (!target) return tell(bad(nas.title(), about, target.error()));
    const auto old = std::ranges::find(entries, target->id, &dsm::Entry::id);
    tell({.step = nas.title(),
          .about = about,
          .what = fmt::format(
              "{} and may manage certificates; {}",
              nas.username.empty() ? "DSM's own programs can be called" : fmt::format("login as {} works", nas.username),
              target->creates() || old == entries.end()
                  ? fmt::format("a certificate \"{}\" would be made", target->description)
                  : "to be replaced: " + dsm::describe(*old)),
          .mend = {}});
  }

  struct Nas {
    std::vector<dsm::Entry> entries;
    bool refuses_ec_keys;
  };

  Result<Nas> ask(const config::NasSettings& nas, dsm::TargetState& memory, const Ports& ports) {
    const auto api = dsm::chooseWay(nas, memory, {}, ports);
    if (auto opened = api->open(kPatience); !opened) return std::unexpected(opened.error());
    auto entries = api->list();
    if (!entries) return std::unexpected(entries.error());
    return Nas{.entries = std::move(*entries), .refuses_ec_keys = api->refusesEcKeys()};
  }

  const World& world_;
  Ports ports_;
  const Report& report_;
  Memory memory_;
  config::Settings settings_;  // in their folders
  bool good_ = true;
  bool clock_checked_ = false;
};

}  // namespace

std::string_view toString(Verdict verdict) {
  switch (verdict) {
    case Verdict::Good: return "ok";
    case Verdict::Doubtful: return "warning";
    case Verdict::Bad: return "failed";
    case Verdict::Skipped: return "skipped";
  }
  return "failed";
}

bool check(const config::Settings& settings, const World& world, const Report& report) {
  return Checker(settings, world, report).run();
}

}  // namespace sidecert::app
