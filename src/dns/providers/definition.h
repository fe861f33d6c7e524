// A provider as data: what a definition file says, read and checked once. Nothing of it is a text that has to be read again:
// templates, pointers and conditions are trees. docs/provider-definitions.md explains the language,
// docs/provider-definition.schema.json is made from the same field tables (definition_fields.h).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "dns/providers/condition.h"
#include "dns/providers/pattern.h"
#include "dns/providers/pointer.h"
#include "dns/providers/template.h"

namespace sidecert::dns::providers {

/// What is taken out of an INI file.
struct IniFile {
  std::string section;             // the variable that names the section
  std::vector<std::string> files;  // members that are paths; what is used is the content of the file there
};

struct DefinedVariable {
  std::string name;
  std::vector<std::string> also;  // other programs' names for it
  std::string meaning;
  std::string fallback;
  bool secret = false;
  bool file = false;                          // the value is a path; what is used is the file's content
  bool json = false;                          // the value is JSON, a template takes parts of it: {NAME/pointer}
  std::optional<IniFile> ini;                 // the file is an INI file; a template takes members of a section
  std::map<std::string, std::string> values;  // what may be typed, and what is used for it
  bool or_url = false;                        // an absolute URL is taken as it is, whatever `values` says
  bool asked = false;                         // an absolute URL is asked; what it answers is used
};

/// Of what form an answer is.
enum class Format { Json, Xml, XmlRpc, Html, Text };

/// The list a step reads: what a pointer leads to, or every place a pattern fits in the body.
using Items = std::variant<ValuePath, TextPattern>;

/// Where a value is taken from: "/pointer|transform", one of the members, or the first of a list that gives something.
struct Source {
  std::optional<ValuePath> pointer;  // {names} in it are filled in first
  std::string header;
  std::string cookie;
  std::optional<TextPattern> text;
  std::optional<ValuePath> answer;  // as `pointer`, but in the whole answer where that points into an item of a list
  std::vector<Source> any;          // the list
};

/// {name: template or templates}; of several the first that is complete.
using Let = std::vector<std::pair<std::string, std::vector<TreeTemplate>>>;

/// What an answer means to us; see docs/provider-definitions.md for the order in which they are looked at.
struct Outcomes {
  Condition ok, exists, missing, denied, slow, busy, conflict, failed;
};

/// A scheme in C++ and what it is told.
struct Sign {
  std::string scheme;
  std::map<std::string, Template> with;
};

struct Pages {
  std::optional<ValuePath> next;    // pointer to the URL of the next page
  bool link = false;                // RFC 8288 Link header, rel="next"
  std::optional<ValuePath> cursor;  // pointer to what {cursor} is on the next page
  std::optional<int> page;          // number of the first page, given as {page}
  std::optional<int> offset;        // the first {offset}
  int size = 0;                     // items of a full page, given as {size}
  std::optional<ValuePath> total;   // pointer to the number of items there are
  std::optional<ValuePath> pages;   // pointer to the number of pages there are
  std::optional<ValuePath> more;    // pointer to whether there is another page
};

/// One request and how its answer is read.
struct Step;
using Steps = std::vector<Step>;

struct Step {
  std::optional<Template> get, post, put, patch, del;  // exactly one: the URL, absolute or below `base`
  std::optional<TreeTemplate> query, headers, json, form, xml, xmlrpc;
  std::optional<Template> text;
  std::optional<Template> basic_auth;  // "user:password" of this request only
  std::vector<Template> demands;       // without which this request is not sent
  std::optional<Format> answers;       // else as the definition says

  std::optional<Items> items;        // absent: the answer itself is the list
  Condition empty;                   // the list is empty, though nothing is where `items` or `records` points
  Condition where;                   // which items count
  std::optional<ValuePath> name;     // in an item: the name of the zone or record
  std::optional<ValuePath> value;    // in an item: the TXT value
  std::optional<ValuePath> records;  // in a set: the list of its records
  std::map<std::string, Source> capture;
  std::optional<Pages> pages;
  Steps detail;          // asked for every {item}; its answer takes the item's place
  Condition detail_for;  // the items it is asked for; others are passed over

  Outcomes outcomes;
  Condition until;              // ask again until this holds
  std::optional<double> every;  // seconds between two of these questions
  std::optional<double> limit;  // seconds after which that is given up
  bool may_fail = false;
  bool unsigned_ = false;  // neither signed nor logged in
  std::optional<Sign> sign;

  std::set<std::string> names;  // all that its request uses, lists that `each` runs over included
  bool changes = false;         // it changes something: what it captured and what the engine gives must be there

  [[nodiscard]] std::string_view method() const;
  [[nodiscard]] const Template& target() const;
  [[nodiscard]] bool uses(const std::string& one) const { return names.contains(one); }
};

struct ZoneLookup {
  std::optional<Step> walk;       // asked with {candidate}, from the longest name to the shortest
  std::optional<Step> list;       // all zones of the account
  std::optional<Step> ask;        // asked once with {fqdn}; the answer names the zone
  std::optional<Template> given;  // the zone's name; "{cut}" is the zone cut DNS shows
  Steps confirm;  // asked once the zone is found, with what was captured; a `name` in it has to be the zone's
};

struct Records {
  std::optional<Step> list;
  Steps add;
  Steps remove;
  bool relist = false;  // what the list says about other records is stale after each change
};

struct RecordSet {
  Step read;
  Steps write;   // replaces the set: what it does not hold is lost
  Steps create;  // instead of `write` and `add` when there was no set
  Steps add;     // instead of `write` when values are added: what is there stays
  Steps remove;  // instead of `write` when values are taken away: the others stay
  Steps del;     // instead of `write` and `remove` when no record is left
  bool whole_zone = false;
};

struct Slot {
  Steps write;
  Steps clear;
  std::optional<Template> name;  // what is one slot; two names with the same rendering share it
  int holds = 1;                 // values it keeps at the same time
};

/// What is added to every request; a definition and each of its credential sets may have one.
struct Additions {
  std::optional<TreeTemplate> headers, query, form, json, xml;
  std::optional<Template> basic_auth;  // "user:password"
};

/// "NAME", or "NAME=value" where only that value means this set.
struct Need {
  std::string name;
  std::optional<std::string> value;
};

struct Credentials {
  std::vector<Need> needs;
  std::map<std::string, int> length;  // and only with values of so many characters
  std::string use;                    // id of the definition that does it all with this set: the vendor's other API
  Let let;
  std::optional<Template> totp;  // gives a base32 secret; its one-time code is {totp}
  Additions additions;
  Steps login;
  std::optional<Sign> sign;
  std::optional<ZoneLookup> zone;

  /// `needs` for people: "NC_Apikey of 64 characters".
  [[nodiscard]] std::vector<std::string> inWords() const;
};

struct Ttl {
  int use = 0;  // 0: the provider's own
  std::string variable;
  int least = 0;
  int most = 0;              // 0: no bound
  std::vector<int> allowed;  // the only values it takes, where they are few
};

struct Definition {
  std::string id, name, docs, verified, rights, keys_at, note;
  std::vector<std::string> aliases;
  std::vector<DefinedVariable> variables;
  std::vector<Credentials> credentials;
  Let let;
  Template base;
  Format answers = Format::Json;
  std::string page_end = "</html>";  // what a whole page of HTML holds
  Additions additions;
  Steps login;
  std::optional<Sign> sign;
  Outcomes outcomes;
  std::vector<Source> message;  // what the server says about a failure
  std::string apex = "@";       // what {relative} is for the zone's own name
  Ttl ttl;
  double settle = 0;                   // seconds
  int publishes_within = 0;            // seconds until all its name servers show a change; 0: minutes suffice
  double pace = 0;                     // seconds between two requests
  std::string pace_variable;           // the variable that may ask for more seconds
  std::optional<ValuePath> pace_from;  // pointer to such a number in every answer
  std::optional<Source> retry_from;    // seconds to wait, in an answer that says "slow down"; else Retry-After
  int batch = 0;                       // most values in one batched request; 0: no bound
  ZoneLookup zone;
  std::optional<Records> records;
  std::optional<RecordSet> set;
  std::optional<Slot> slot;
  Steps publish;  // after the changes of a zone

  std::set<std::string> demanded;  // names that have to have a value in steps that change something
};

/// Reads and checks a definition. @param where  the file's name, for messages.
/// @returns Settings with one line per mistake: file, JSON pointer, what was expected.
[[nodiscard]] Result<Definition> loadDefinition(std::string_view text, std::string_view where);

/// The JSON Schema (2020-12) of definitions, pretty-printed.
[[nodiscard]] std::string definitionSchema();

}  // namespace sidecert::dns::providers
