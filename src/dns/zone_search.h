// What the search for zones knows of one name. Included by the sources of ZoneFinder only.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dns/zone.h"

namespace sidecert::dns {

/// One name on its way to where its record is written.
struct ZoneFinder::Search {
  std::vector<std::string> chain;  // the name and the aliases after it
  Location place;                  // so far; without a zone, it has to be found
  Finding finding;                 // about `place`
  Server heard_from;               // who said so
  std::optional<Result<Location>> outcome;

  void fail(Error error) { outcome = std::unexpected(std::move(error)); }
};

}  // namespace sidecert::dns
