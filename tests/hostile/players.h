// Whoever the program speaks HTTP to, played by a hostile server: what the program is told to do so that it comes there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http_attacks.h"
#include "support/temp_directory.h"
#include "watched_run.h"

namespace sidecert::testing {

struct Command {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
};

struct Player {
  Speaks speaks = Speaks::AfterTheRequest;
  std::optional<TestCertificate> tls = std::nullopt;  // speaks HTTPS with it
  /// @param files  a folder for this case alone  @param port  of the hostile server
  std::function<Command(const TempDirectory& files, std::uint16_t port)> command;
};

struct Ended {
  std::string attack;
  WatchedRun run;
  std::vector<std::string> requests;  // what the server was told, by connection
};

/// All at the same time: most cases only wait. What they return comes in their order.
[[nodiscard]] std::vector<Ended> together(const std::vector<std::function<Ended()>>& cases);

/// Plays each attack against a process of its own, together.
[[nodiscard]] std::vector<Ended> playAll(const Player&, const std::vector<Attack>&);

/// The program was there, ended in an error, in little memory, and gave away nothing: expectClearEnd for each.
void expectClearEnds(const std::vector<Ended>&);
/// The same where Sidecert may know a way out and succeed: expectUnharmed for each.
void expectUnharmedEnds(const std::vector<Ended>&);

/// No request holds the secret.
void expectNobodyWasTold(std::string_view secret, const std::vector<Ended>&);

/// A NAS of which Sidecert knows address and port, and a certificate for it: for `check` and `renew`.
[[nodiscard]] std::map<std::string, std::string> nasAt(std::uint16_t port, const TempDirectory& files);

}  // namespace sidecert::testing
