// Which zone of the account a name belongs to: the zone cut DNS shows when the account has it, else the longest that fits.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dns/providers/session.h"

namespace sidecert::dns::providers {

struct FoundZone {
  std::string name;      // as this project keeps names
  std::string spelling;  // as the API spells it, where that is in Unicode; else the same
  std::map<std::string, Value> captures;
};

class ZoneFinder {
 public:
  ZoneFinder(const Definition& definition, const ZoneLookup& lookup, Session& session)
      : definition_(definition), lookup_(lookup), session_(session) {}

  /// Looked up once and remembered. @param cut  the zone cut as DNS shows it; may be empty.
  /// @returns Refused when the account has no zone for the name.
  [[nodiscard]] Result<FoundZone> find(const std::string& fqdn, const std::string& cut);

 private:
  [[nodiscard]] Result<FoundZone> walk(const std::string& fqdn, const std::string& cut);
  [[nodiscard]] Result<FoundZone> choose(const std::string& fqdn, const std::string& cut);
  [[nodiscard]] Result<FoundZone> ask(const std::string& fqdn);
  [[nodiscard]] Result<FoundZone> given(const std::string& fqdn, const std::string& cut);
  [[nodiscard]] Result<> confirm(FoundZone&);
  [[nodiscard]] std::unexpected<Error> none(const std::string& fqdn, const std::string& said = {}) const;

  const Definition& definition_;
  const ZoneLookup& lookup_;
  Session& session_;
  std::map<std::string, FoundZone> known_;      // by cut, found by walking or asking
  std::map<std::string, FoundZone> confirmed_;  // by name
  std::vector<FoundZone> all_;                  // the whole list
  bool listed_ = false;
};

}  // namespace sidecert::dns::providers
