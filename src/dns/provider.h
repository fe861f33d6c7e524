// What every DNS provider does for us: add and remove TXT values at a name, by value.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/effort.h"
#include "base/result.h"

namespace sidecert::dns {

struct TxtRecord {
  std::string name;   // where it is written, after CNAMEs were followed: "_acme-challenge.home.example"
  std::string value;  // the text, unquoted, up to 255 octets
  auto operator<=>(const TxtRecord&) const = default;
};

/// So long a server has to say nothing to be called silent.
inline constexpr Duration kSilence{1000};

class Provider {
 public:
  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  virtual ~Provider() = default;

  /// For sentences: "RFC 2136 update at ns1.example.net".
  [[nodiscard]] virtual std::string title() const = 0;

  /// Adds every value beside what is there. A value that is there already is a success. All records lie in `zone`.
  /// Values that were not ours stay. When it fails some may have been added: the caller removes them all.
  /// @param zone  the zone cut as DNS shows it (SOA), without trailing dot; a provider with another view may go its own way
  [[nodiscard]] virtual Result<> add(const std::string& zone, std::span<const TxtRecord> records, const Effort&) = 0;

  /// As many of these as can stand at the same time, the first of them included: all, unless a place of this provider keeps
  /// only so many values.
  [[nodiscard]] virtual std::vector<TxtRecord> together(const std::string& /*zone*/, std::span<const TxtRecord> records,
                                                        const Effort&) {
    return {records.begin(), records.end()};
  }

  /// Removes exactly these values. A value that is not there is a success.
  [[nodiscard]] virtual Result<> remove(const std::string& zone, std::span<const TxtRecord> records, const Effort&) = 0;

  /// Whether credentials and zone are such that `add` would go well, as far as that shows without changing anything. Where
  /// it does not show at all, that is a success.
  /// @param records  values that stand nowhere, at the names in question
  [[nodiscard]] virtual Result<> look(const std::string& /*zone*/, std::span<const TxtRecord> /*records*/, const Effort&) {
    return {};
  }

  /// Whether add and remove may run for several zones at the same time, from several threads.
  [[nodiscard]] virtual bool worksInParallel() const { return false; }

  /// What to wait beyond the moment all authoritative servers agree.
  [[nodiscard]] virtual std::chrono::seconds settle() const { return std::chrono::seconds(0); }

  /// Whether nothing came for kSilence or longer before the last question to it was given up or cut. It is not worth long
  /// waiting then.
  [[nodiscard]] virtual bool silent() const { return false; }

  /// How long it may take until all its name servers show a change, where it is known to take long; 0: no such habit.
  [[nodiscard]] virtual std::chrono::seconds publishesWithin() const { return std::chrono::seconds(0); }
};

}  // namespace sidecert::dns
