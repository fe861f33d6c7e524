// By what a certificate is known: its label, else its set of names. So reordering or changing names finds its folder again,
// and with it record, order, TXT list and DSM's entry. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace sidecert::app {

/// A folder below certificates/ and whose it is, as far as its record tells.
struct KnownFolder {
  std::string title;
  std::string label;
  std::vector<std::string> names;
};

/// The folder of each wanted certificate, in their order: the one of its label, else the one of exactly its names, else the
/// one called as it would be, else the one it shares most names with; else a new one, called by the first name.
/// No folder is given twice.
[[nodiscard]] std::vector<std::string> foldersOf(const std::vector<config::CertificateSettings>& wanted,
                                                 const std::vector<KnownFolder>& known);

}  // namespace sidecert::app
