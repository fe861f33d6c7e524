#include "dsm/settle.h"

namespace sidecert::dsm {

namespace {

constexpr Duration kPause{5'000};
constexpr Duration kSettleWithin{90'000};

bool mayPass(ErrorCode code) {
  return code == ErrorCode::Unreachable || code == ErrorCode::AnswerLost || code == ErrorCode::BadAnswer ||
         code == ErrorCode::Untrusted;
}

}  // namespace

Result<Settled> settle(CertificateApi& api, const std::function<bool(const std::vector<Entry>&)>& done, CallEnd end,
                       const Ports& ports) {
  Settled settled;
  const Duration begin = ports.clock.monotonic();
  const auto left = [&] { return kSettleWithin - (ports.clock.monotonic() - begin); };
  bool session = end == CallEnd::Answered;
  bool pause = end == CallEnd::AnswerLost;
  for (;;) {
    if (pause && !ports.clock.sleepFor(kPause, ports.stop))
      return fail(ErrorCode::Stopped, "stopped while DSM was settling");
    pause = true;
    if (!session) {
      const auto opened = api.open(left());
      session = opened.has_value();
      if (!opened && !mayPass(opened.error().code)) return std::unexpected(opened.error());
      if (!opened) settled.last_error = opened.error();
    }
    if (session) {
      auto entries = api.list();
      if (entries) {
        settled.fate = done(*entries) ? Fate::Done : Fate::Undone;
        settled.entries = std::move(*entries);
        if (settled.fate == Fate::Done || end == CallEnd::SessionEnded) return settled;
      } else {
        if (!mayPass(entries.error().code)) return std::unexpected(entries.error());
        settled.fate = Fate::Unknown;
        settled.last_error = entries.error();
        session = false;
      }
    }
    if (left() < kPause) return settled;
  }
}

}  // namespace sidecert::dsm
