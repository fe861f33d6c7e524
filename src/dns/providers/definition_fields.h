// The fields of a definition, once: the loader reads by these tables, the published JSON Schema is written from them.
// A visitor has required(key, member, meaning) and optional(key, member, meaning).
#pragma once

#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

template <class Visitor>
void fields(Visitor& v, IniFile& x) {
  v.required("section", x.section, "the variable that names the section");
  v.optional("files", x.files,
             "members that are paths; the file's content is used. A file that is not there may stand beside the INI file");
}

template <class Visitor>
void fields(Visitor& v, DefinedVariable& x) {
  v.required("name", x.name, "as in acme.sh");
  v.optional("also", x.also, "other programs' names for it, as lego's; they are read where the first is not set");
  v.required("meaning", x.meaning, "one phrase for the owner");
  v.optional("default", x.fallback, "used when it is not set");
  v.optional("secret", x.secret, "never shown");
  v.optional("file", x.file, "the value is a path; the file's content is used");
  v.optional("json", x.json, "the value is JSON; parts of it are {NAME/pointer}");
  v.optional("ini", x.ini, "the file is an INI file; members of one section are {NAME/member}");
  v.optional("values", x.values, "what may be typed, and what is used for it");
  v.optional("or_url", x.or_url, "an absolute URL is taken as it is, beside `values`");
  v.optional("asked", x.asked, "an absolute URL is asked, and its answer is used");
}

template <class Visitor>
void fields(Visitor& v, Source& x) {
  v.optional("header", x.header, "name of a header field");
  v.optional("cookie", x.cookie, "name of a cookie");
  v.optional("text", x.text, "a pattern: text with (*) where the value is");
  v.optional("answer", x.answer, "in a list, a pointer into the whole answer instead of the item");
}

template <class Visitor>
void fields(Visitor& v, Outcomes& x) {
  v.optional("ok", x.ok, "success; without it, any 2xx");
  v.optional("exists", x.exists, "it is there already");
  v.optional("missing", x.missing, "there is no such thing; 404 unless said otherwise");
  v.optional("denied", x.denied, "wrong or insufficient credentials; 401 and 403 unless said otherwise");
  v.optional("slow", x.slow, "too many requests; 429 unless said otherwise");
  v.optional("busy", x.busy, "a passing trouble of the server; 408, 500, 502, 503 and 504 unless said otherwise");
  v.optional("conflict", x.conflict, "somebody changed it meanwhile: read again and repeat");
  v.optional("failed", x.failed, "no success, whatever `ok` says");
}

template <class Visitor>
void fields(Visitor& v, Sign& x) {
  v.required("scheme", x.scheme, "a signing scheme of the engine");
  v.optional("with", x.with, "what the scheme is told");
}

template <class Visitor>
void fields(Visitor& v, Pages& x) {
  v.optional("next", x.next, "pointer to the URL of the next page");
  v.optional("link", x.link, "follow the Link header's rel=\"next\"");
  v.optional("cursor", x.cursor, "pointer to the {cursor} of the next page");
  v.optional("page", x.page, "number of the first page, given as {page}");
  v.optional("offset", x.offset, "the first {offset}; later ones count items");
  v.optional("size", x.size, "items of a full page, given as {size}; a shorter page is the last");
  v.optional("total", x.total, "pointer to the number of items");
  v.optional("pages", x.pages, "pointer to the number of pages");
  v.optional("more", x.more, "pointer to whether there is another page");
}

template <class Visitor>
void fields(Visitor& v, Step& x) {
  v.optional("get", x.get, "the URL, absolute or below `base`; exactly one method is given");
  v.optional("post", x.post, "as get");
  v.optional("put", x.put, "as get");
  v.optional("patch", x.patch, "as get");
  v.optional("delete", x.del, "as get");
  v.optional("query", x.query, "query parameters, escaped by the engine");
  v.optional("headers", x.headers, "header fields");
  v.optional("json", x.json, "JSON body");
  v.optional("form", x.form, "application/x-www-form-urlencoded body");
  v.optional("xml", x.xml, "XML body as a tree: {\"Root\": {\"@attribute\": …, \"Child\": …}}");
  v.optional("xmlrpc", x.xmlrpc, "XML-RPC call: {\"method\": …, \"params\": […]}");
  v.optional("text", x.text, "plain body");
  v.optional("basic_auth", x.basic_auth, "user:password for HTTP Basic, this request only");
  v.optional("demands", x.demands, "templates that have to have a value: elsewhere this API cannot write");
  v.optional("answers", x.answers, "json, xml, xmlrpc, html or text, where this answer differs from the others");
  v.optional("items", x.items,
             "pointer to the list of things in the answer, \"\" when the answer is a list; or \"text:\" and a pattern");
  v.optional("empty", x.empty,
             "where this holds, nothing at `items` (or `records`) means an empty list; elsewhere it is an error");
  v.optional("where", x.where, "which of the items count");
  v.optional("name", x.name, "pointer, in an item, to the zone's or record's name");
  v.optional("value", x.value, "pointer, in an item, to the TXT value");
  v.optional("records", x.records, "pointer, in a set, to its records");
  v.optional("capture", x.capture, "names for values of the answer or item");
  v.optional("pages", x.pages, "how to get at the next page");
  v.optional("detail", x.detail, "asked for every {item}, where the list shows only ids; its answer takes the item's place");
  v.optional("detail_for", x.detail_for, "the items that `detail` is asked for; others are passed over");
  fields(v, x.outcomes);
  v.optional("until", x.until, "ask again until this holds");
  v.optional("every", x.every, "seconds between two such questions");
  v.optional("limit", x.limit, "seconds after which that is given up");
  v.optional("may_fail", x.may_fail, "go on when this step fails");
  v.optional("unsigned", x.unsigned_, "neither signed nor logged in, nothing of `headers`, `query`, `form`, `json` added");
  v.optional("sign", x.sign, "a scheme for this request only");
}

template <class Visitor>
void fields(Visitor& v, ZoneLookup& x) {
  v.optional("walk", x.walk, "asked with {candidate}, longest name first");
  v.optional("list", x.list, "all zones; the longest that fits is taken");
  v.optional("ask", x.ask, "asked once with {fqdn}; `name` points to the zone");
  v.optional("given", x.given, "the zone's name as a template; {cut} is the zone cut DNS shows");
  v.optional(
      "confirm", x.confirm,
      "steps once the zone is found, before anything else; their captures are the zone's, and `name` has to be its name");
}

template <class Visitor>
void fields(Visitor& v, Records& x) {
  v.optional("list", x.list, "the TXT records there are, of one name or of the zone");
  v.required("add", x.add, "adds {value} at {fqdn}; or many, with {\"each\": \"additions\"}");
  v.required("remove", x.remove, "removes a listed record, or {value} at {fqdn}; or many, with {\"each\": \"removals\"}");
  v.optional("relist", x.relist, "list again after each removal");
}

template <class Visitor>
void fields(Visitor& v, RecordSet& x) {
  v.required("read", x.read, "the set at {fqdn}, or all sets of the zone (with `items`)");
  v.optional("write", x.write,
             "replaces the set by {\"each\": \"records\"}; or many sets, with {\"each\": \"sets\"} and the like");
  v.optional("create", x.create, "instead of write and add when there was no set");
  v.optional("add", x.add, "instead of write where the API adds values to a set: {\"each\": \"added\"}");
  v.optional("remove", x.remove, "instead of write where the API takes values out of a set: {\"each\": \"removed\"}");
  v.optional("delete", x.del, "instead of write and remove when no record is left");
  v.optional("whole_zone", x.whole_zone, "the set is the whole zone: everything not written is lost");
}

template <class Visitor>
void fields(Visitor& v, Slot& x) {
  v.required("write", x.write, "puts {value} into the slot");
  v.optional("clear", x.clear, "empties the slot");
  v.optional("name", x.name, "what is one slot; {fqdn} unless said otherwise");
  v.optional("holds", x.holds, "values it keeps at the same time");
}

template <class Visitor>
void fields(Visitor& v, Additions& x) {
  v.optional("headers", x.headers, "header fields of every request");
  v.optional("query", x.query, "query parameters of every request");
  v.optional("form", x.form, "fields of every form");
  v.optional("json", x.json, "members of every JSON body");
  v.optional("xml", x.xml, "elements of every XML body, such as an envelope with credentials");
  v.optional("basic_auth", x.basic_auth, "user:password for HTTP Basic (RFC 7617)");
}

template <class Visitor>
void fields(Visitor& v, Credentials& x) {
  v.required("needs", x.needs, "variables that have to be set; NAME=value: to this value");
  v.optional("length", x.length, "of variables: this set is meant only when they have so many characters");
  v.optional("use", x.use,
             "id of the definition that does everything instead, where the vendor has another API for this set");
  v.optional("let", x.let, "more names, as the definition's");
  v.optional("totp", x.totp, "a base32 secret; its one-time code (RFC 6238) is {totp}");
  fields(v, x.additions);
  v.optional("login", x.login, "steps whose captures are kept until they are refused");
  v.optional("sign", x.sign, "the signing scheme");
  v.optional("zone", x.zone, "instead of the definition's");
}

template <class Visitor>
void fields(Visitor& v, Ttl& x) {
  v.optional("use", x.use, "seconds, as {ttl}");
  v.optional("variable", x.variable, "the variable that says otherwise");
  v.optional("least", x.least, "smallest value the provider takes");
  v.optional("most", x.most, "largest");
  v.optional("allowed", x.allowed, "the only values it takes; what is asked for is brought to the next larger one");
}

template <class Visitor>
void fields(Visitor& v, Definition& x) {
  v.required("id", x.id, "acme.sh's id: dns_cf");
  v.required("name", x.name, "the provider's own name");
  v.required("docs", x.docs, "the vendor's page about the API");
  v.optional("aliases", x.aliases, "other programs' ids, as lego's");
  v.optional("verified", x.verified,
             "against what it was checked: the vendor's documentation, the vendor's own client, or public clients only");
  v.optional("rights", x.rights, "the least privilege that suffices");
  v.optional("keys_at", x.keys_at, "where the owner gets the credentials");
  v.optional("note", x.note, "what else the owner should know");
  v.required("variables", x.variables, "what the owner may set");
  v.required("credentials", x.credentials, "sets that suffice, best first");
  v.optional("let", x.let, "names for values made of others; of several templates the first that is complete");
  v.required("base", x.base, "what a URL that starts with / is below");
  v.optional("answers", x.answers, "json, xml, xmlrpc, html or text");
  v.optional("page_end", x.page_end, "text that a page of HTML holds when it came whole; </html> unless said otherwise");
  fields(v, x.additions);
  v.optional("login", x.login, "steps whose captures are kept until they are refused");
  v.optional("sign", x.sign, "the signing scheme");
  fields(v, x.outcomes);
  v.optional("message", x.message, "where the server's own words about a failure are");
  v.optional("apex", x.apex, "what {relative} is for the zone's own name");
  v.optional("ttl", x.ttl, "the time to live of the records");
  v.optional("settle", x.settle, "seconds to wait beyond the moment all servers agree");
  v.optional("publishes_within", x.publishes_within,
             "seconds it may take until all its name servers show a change, where ten minutes are not enough");
  v.optional("pace", x.pace, "seconds between two requests");
  v.optional("pace_variable", x.pace_variable, "the variable that may ask for more");
  v.optional("pace_from", x.pace_from, "pointer to such a number in every answer");
  v.optional("retry_from", x.retry_from,
             "where an answer that asks to slow down says for how many seconds; else Retry-After");
  v.optional("batch", x.batch, "most values in one batched request");
  v.required("zone", x.zone, "how the zone is found");
  v.optional("records", x.records, "model: records with a life of their own");
  v.optional("set", x.set, "model: all values of a name are written together");
  v.optional("slot", x.slot, "model: one place that holds the last value written");
  v.optional("publish", x.publish, "after the changes of a zone");
}

}  // namespace sidecert::dns::providers
