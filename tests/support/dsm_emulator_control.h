// The control port of the DSM emulator, for tests that run it as a program. Answers are JSON.
//   GET  /state                                        what is listed, counted and served
//   POST /advance?seconds=30                           the clock
//   POST /outage?kind=refused|dropped|bad-gateway|not-dsm|none
//   POST /disturb?api=A&method=M&how=drop|bad-gateway|timeout|code&code=N&after-effect=yes&times=N&outage-requests=N
//   POST /certificate?description=D&names=a,b&days=N&ecc=yes    POST /odd-certificates
//   POST /account?name=N&password=P&totp-secret=S&refusal=401
//   POST /behaviour?portal-port=yes&reloads-at-once=no&auto-block-after=3 …   switches of DsmBehaviour
//   POST /service?name=N&subscriber=S&service=S&certificate=ID    POST /assign?service=S/S&certificate=ID    POST
//   /remove?certificate=ID POST /hold?api=A&method=M, /release                calls of that method wait: a slow login, for
//   instance POST /end-sessions, /forget-devices, /unblock, /forget-calls, /reload
#pragma once

#include "support/dsm_emulator.h"
#include "support/dsm_emulator_http.h"

namespace sidecert::testing::emulator {

[[nodiscard]] HttpReply controlReply(DsmEmulator&, const HttpCall&);

}  // namespace sidecert::testing::emulator
