// What a definition has to keep beyond the types of its members: exactly one method in a step, no member where it has no
// effect, names that exist. The loader asks for each part as soon as that is read.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

/// What was met while a definition was read.
struct Loading {
  std::vector<std::string> mistakes;                       // "pointer: what was expected"
  std::set<std::string> names;                             // everything that a template may use
  std::set<std::string> captured;                          // those of them that come out of answers
  std::vector<std::pair<std::string, std::string>> uses;   // names in templates, and where
  std::vector<std::pair<std::string, std::string>> lists;  // what `each` runs over, and where

  void mistake(const std::string& at, std::string_view what) {
    mistakes.push_back((at.empty() ? "/" : at) + ": " + std::string(what));
  }
};

struct FormatName {
  std::string_view name;
  Format format;
};
inline constexpr FormatName kFormats[] = {{"json", Format::Json},
                                          {"xml", Format::Xml},
                                          {"xmlrpc", Format::XmlRpc},
                                          {"html", Format::Html},
                                          {"text", Format::Text}};

/// What the engine itself gives to templates.
[[nodiscard]] const std::set<std::string>& engineNames();

/// Fills in what follows from the members that were read.
void complete(Step&);
void complete(Records&);
void complete(RecordSet&);
void complete(Slot&);

// Each adds its mistakes.
void check(Loading&, const DefinedVariable&, const std::string& at);
void check(Loading&, const Step&, const std::string& at);
void check(Loading&, const Sign&, const std::string& at);
void check(Loading&, const Pages&, const std::string& at);
void check(Loading&, const ZoneLookup&, const std::string& at);
void check(Loading&, const Records&, const std::string& at);
void check(Loading&, const RecordSet&, const std::string& at);
void check(Loading&, const Slot&, const std::string& at);
void check(Loading&, const Ttl&, const std::string& at);
void check(Loading&, const Definition&, const std::string& at);

}  // namespace sidecert::dns::providers
