#include "support/dsm_emulator_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/dsm_emulator_zip.h"

namespace sidecert::testing::emulator {
namespace {

constexpr int kPayloadRefused = 5503;

Json nameJson(const PartyName& name) {
  Json out = Json::object();
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  put("common_name", name.common_name);
  put("country", name.country);
  put("organization", name.organization);
  put("city", name.city);
  put("state", name.state);
  put("department", name.department);
  put("email", name.email);
  return out;
}

bool isProxyHost(const DsmService& service) {
  return service.subscriber == "ReverseProxy";
}

// A reverse-proxy host is listed with every key; of other services those are absent that DSM knows nothing of.
Json serviceJson(const DsmService& service, const DsmBehaviour& behaviour) {
  const bool every = isProxyHost(service);
  const auto shown = behaviour.display_names.find(service.subscriber + "/" + service.service);
  Json out{{"display_name", shown == behaviour.display_names.end() ? service.display_name : shown->second},
           {"isPkg", service.is_package},
           {"owner", service.owner},
           {"service", service.service},
           {"subscriber", service.subscriber}};
  if (every || !service.display_name_i18n.empty()) out["display_name_i18n"] = service.display_name_i18n;
  if (!behaviour.lists_full_services) return out;
  if (every || service.multiple_cert) out["multiple_cert"] = service.multiple_cert.value_or(true);
  if (every || service.user_setable) out["user_setable"] = service.user_setable.value_or(true);
  return out;
}

// Whether Service.set is given the object that was listed. The translation alone may be missing: clients that bind a
// reverse-proxy host for the first time make the object themselves and leave it out.
bool isListedAs(Json listed, const Json& given) {
  if (!given.contains("display_name_i18n")) listed.erase("display_name_i18n");
  return listed == given;
}

bool isWebServer(const DsmService& service) {
  return service.subscriber == "system" && service.service == "default";
}

bool isUnmovable(const DsmService& service) {
  return (service.subscriber == "system" && service.service == "quickconnect") || service.user_setable == false;
}

std::string freshId() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id;
  while (id.size() < 6) id += kAlphabet[std::stoul(randomHex(3), nullptr, 16) % kAlphabet.size()];
  return id;
}

const Part* partOf(const std::vector<Part>& parts, std::string_view name) {
  const auto found = std::ranges::find(parts, name, [](const Part& part) { return std::string_view(part.name); });
  return found == parts.end() ? nullptr : &*found;
}

Outcome badParameter(const char* name, const char* reason, std::string story) {
  return {.code = 120, .errors = {{"name", name}, {"reason", reason}}, .story = std::move(story)};
}

// `"abc"` with its quotes, as this part of DSM wants its texts.
std::optional<std::string> jsonText(const Parameters& parameters, std::string_view name) {
  const auto value = Json::parse(valueOf(parameters, name), nullptr, false);
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

std::string words(const StoredCertificate& entry) {
  return fmt::format("\"{}\" ({}) for {}, valid till {}", entry.description, entry.id,
                     subjectOf(entry.material.leaf.get()).common_name, validTill(entry.material.leaf.get()));
}

}  // namespace

CertificateStore::CertificateStore(std::chrono::sys_seconds now) {
  const std::string id =
      add({.names = {"synology"},
           .issuer = "Synology Inc. CA",
           .valid_days = 365,
           .as_default = true,
           .services = {{.display_name = "DSM Desktop Service",
                         .subscriber = "system",
                         .service = "default",
                         .display_name_i18n = "common:web_desktop",
                         .multiple_cert = true,
                         .user_setable = true},
                        {.display_name = "FTPS", .subscriber = "smbftpd", .service = "ftpd", .user_setable = true},
                        {.display_name = "QuickConnect",
                         .subscriber = "system",
                         .service = "quickconnect",
                         .display_name_i18n = "common:quickconnect",
                         .user_setable = false},
                        {.display_name = "Synology Drive Server",
                         .subscriber = "SynologyDrive",
                         .service = "SynologyDrive",
                         .owner = "SynologyDrive",
                         .is_package = true}}},
          now);
  find(id)->built_in = true;
}

std::string CertificateStore::add(const DsmCertificateSpec& spec, std::chrono::sys_seconds now) {
  const auto till = now + std::chrono::days(spec.valid_days);
  StoredCertificate entry{.id = spec.id.empty() ? freshId() : spec.id,
                          .description = spec.description,
                          .material = makeUp({.names = spec.names,
                                              .issuer = spec.issuer,
                                              .from = std::min(now, till) - std::chrono::days(30),
                                              .till = till,
                                              .ecc = spec.ecc,
                                              .with_alt_names = spec.with_alt_names}),
                          .renewable = spec.renewable,
                          .broken = spec.broken,
                          .built_in = spec.issuer == "Synology Inc. CA"};
  const std::string id = entry.id;
  certificates_.push_back(std::move(entry));
  for (const auto& service : spec.services) services_.push_back({service, id});
  if (spec.as_default) {
    for (auto& each : certificates_) each.is_default = each.id == id;
  }
  return id;
}

void CertificateStore::assign(const std::string& service, const std::string& id) {
  for (auto& row : services_) {
    if (row.service.subscriber + "/" + row.service.service == service) row.certificate_id = id;
  }
}

void CertificateStore::erase(const std::string& id) {
  std::erase_if(certificates_, [&](const StoredCertificate& entry) { return entry.id == id; });
  if (certificates_.empty()) return;
  if (std::ranges::none_of(certificates_, &StoredCertificate::is_default)) certificates_.front().is_default = true;
  for (auto& row : services_) {
    if (row.certificate_id == id) row.certificate_id = theDefault().id;
  }
}

StoredCertificate* CertificateStore::find(const std::string& id) {
  const auto found = std::ranges::find(certificates_, id, &StoredCertificate::id);
  return found == certificates_.end() ? nullptr : &*found;
}

const StoredCertificate& CertificateStore::theDefault() const {
  return *std::ranges::find(certificates_, true, &StoredCertificate::is_default);
}

std::vector<DsmService> CertificateStore::proxyRules() const {
  std::vector<DsmService> rules;
  for (const StoredService& row : services_) {
    if (isProxyHost(row.service)) rules.push_back(row.service);
  }
  return rules;
}

std::vector<StoredService> CertificateStore::servicesOf(const std::string& id) const {
  std::vector<StoredService> bound;
  std::ranges::copy_if(services_, std::back_inserter(bound),
                       [&](const StoredService& row) { return row.certificate_id == id; });
  return bound;
}

bool CertificateStore::carriesWebServer(const std::string& id) const {
  return std::ranges::any_of(services_, [&](const StoredService& row) {
    return row.certificate_id == id && (isWebServer(row.service) || isProxyHost(row.service));
  });
}

Json CertificateStore::describe(const StoredCertificate& entry, const DsmBehaviour& behaviour) const {
  const X509* leaf = entry.material.leaf.get();
  Json subject = nameJson(subjectOf(leaf));
  if (const auto names = altNamesOf(leaf); !names.empty()) subject["sub_alt_name"] = names;
  Json out{{"id", entry.id},
           {"desc", entry.description},
           {"is_broken", entry.broken},
           {"is_default", entry.is_default},
           {"issuer", nameJson(issuerOf(leaf))},
           {"renewable", entry.renewable},
           {"services", Json::array()},
           {"signature_algorithm", signatureAlgorithm(leaf)},
           {"subject", std::move(subject)},
           {"user_deletable", true},
           {"valid_from", validFrom(leaf)},
           {"valid_till", validTill(leaf)}};
  if (behaviour.lists_key_types) {
    out["key_types"] = entry.built_in ? "" : entry.renewable ? "RSA/ECC" : (isEcc(entry.material.key.get()) ? "ECC" : "RSA");
  }
  if (entry.built_in) {
    out["self_signed_cacrt_info"] = {{"issuer", nameJson(issuerOf(leaf))}, {"subject", nameJson(issuerOf(leaf))}};
  }
  for (const auto& row : servicesOf(entry.id)) out["services"].push_back(serviceJson(row.service, behaviour));
  return out;
}

Json CertificateStore::list(const DsmBehaviour& behaviour) const {
  Json all = Json::array();
  for (const auto& entry : certificates_) all.push_back(describe(entry, behaviour));
  return all;
}

void CertificateStore::makeDefault(StoredCertificate& entry, const DsmBehaviour& behaviour) {
  if (entry.is_default) return;
  const std::string before = theDefault().id;
  for (auto& each : certificates_) each.is_default = &each == &entry;
  for (auto& row : services_) {
    if (row.certificate_id == before && (behaviour.default_takes_all_services || isWebServer(row.service))) {
      row.certificate_id = entry.id;
    }
  }
}

void CertificateStore::demote(StoredCertificate& entry) {
  const auto heir = std::ranges::find_if(certificates_, [&](const auto& each) { return &each != &entry; });
  if (heir == certificates_.end()) return;
  entry.is_default = false;
  heir->is_default = true;
}

Outcome CertificateStore::import(const std::vector<Part>& parts, const DsmBehaviour& behaviour, std::string& id) {
  const auto text = [&](std::string_view name) {
    const Part* part = partOf(parts, name);
    return part == nullptr ? std::string() : part->content;
  };
  const std::string description = text("desc");
  if (!isUtf8(description)) {
    return badParameter("desc", "type", "import with a description that is no UTF-8");
  }
  const Part* chain = partOf(parts, "inter_cert");
  auto material = judgeUpload(text("key"), text("cert"), chain == nullptr ? nullptr : &chain->content, behaviour.takes_ecc);
  if (!material) return {.code = material.error(), .story = "import of a certificate"};

  id = text("id");
  StoredCertificate* entry = nullptr;
  const bool fresh = id.empty();
  if (fresh) {
    id = freshId();
    entry = &certificates_.emplace_back(StoredCertificate{.id = id});
  } else if (entry = find(id); entry == nullptr) {
    return {.code = kPayloadRefused, .story = "import over an entry that is not there"};
  }
  entry->material = std::move(*material);
  entry->description = description;
  entry->renewable = false;
  entry->built_in = false;
  entry->broken = entry->material.chain.empty() && !isSelfSigned(entry->material.leaf.get());
  if (!text("as_default").empty()) {
    makeDefault(*entry, behaviour);
  } else if (entry->is_default && behaviour.replacing_default_demotes) {
    demote(*entry);
  }

  Json data = Json::object();
  if (behaviour.import_answers_id) data["id"] = id;
  if (carriesWebServer(id)) data["restart_httpd"] = true;
  return {.data = std::move(data), .story = (fresh ? "new certificate " : "certificate replaced: ") + words(*entry)};
}

Outcome CertificateStore::set(const Parameters& parameters, const DsmBehaviour& behaviour) {
  const auto id = jsonText(parameters, "id");
  if (!id) return badParameter("id", "type", "change of an entry without its id as a JSON text");
  if (testing::emulator::find(parameters, "desc") != nullptr && !jsonText(parameters, "desc")) {
    return badParameter("desc", "type", "change of an entry with a description that is no JSON text");
  }
  StoredCertificate* entry = find(*id);
  if (entry == nullptr) return {.code = kPayloadRefused, .story = "change of an entry that is not there"};
  entry->description = jsonText(parameters, "desc").value_or("");
  if (!valueOf(parameters, "as_default").empty()) makeDefault(*entry, behaviour);
  return {.story = "entry changed: " + words(*entry)};
}

Outcome CertificateStore::remove(const Parameters& parameters) {
  const Outcome refused{.code = kPayloadRefused, .story = "removal of certificates"};
  const auto ids = Json::parse(valueOf(parameters, "ids"), nullptr, false);
  if (!ids.is_array() || ids.empty()) return refused;
  for (const auto& id : ids) {
    const StoredCertificate* entry = id.is_string() ? find(id.get<std::string>()) : nullptr;
    if (entry == nullptr || entry->is_default) return refused;
  }
  const bool restart = std::ranges::any_of(ids, [&](const Json& id) { return carriesWebServer(id.get<std::string>()); });
  for (const auto& id : ids) erase(id.get<std::string>());
  return {.data = {{"restart_httpd", restart}}, .story = "certificates removed: " + ids.dump()};
}

Outcome CertificateStore::setServices(const Parameters& parameters, const DsmBehaviour& behaviour) {
  const Outcome refused{.code = kPayloadRefused, .story = "assignment of services"};
  const auto settings = Json::parse(valueOf(parameters, "settings"), nullptr, false);
  if (!settings.is_array() || settings.empty()) return refused;
  struct Move {
    StoredService* row;
    std::string from, to;
  };
  std::vector<Move> moves;
  for (const auto& setting : settings) {
    if (!setting.is_object() || !setting.contains("service")) return refused;
    const std::string to = setting.value("id", Json()).is_string() ? setting["id"].get<std::string>() : "";
    const std::string from = setting.value("old_id", Json()).is_string() ? setting["old_id"].get<std::string>() : "?";
    const auto row = std::ranges::find_if(services_, [&](const StoredService& each) {
      return isListedAs(serviceJson(each.service, behaviour), setting["service"]);
    });
    if (row == services_.end() || find(to) == nullptr || from == "?") return refused;
    moves.push_back({&*row, from, to});
  }
  bool restart = false;
  std::string story;
  for (const auto& [row, from, to] : moves) {
    if (isUnmovable(row->service)) continue;
    const bool stale = from != row->certificate_id;
    const bool same = to == row->certificate_id;
    const bool unbinds = same ? behaviour.same_target_unbinds : stale && behaviour.stale_old_id_unbinds;
    row->certificate_id = unbinds ? "" : to;
    restart = restart || isWebServer(row->service) || isProxyHost(row->service);
    story += (story.empty() ? "" : ", ") + row->service.display_name + (unbinds ? " unbound" : " to " + to);
  }
  return {.data = restart ? Json{{"restart_httpd", true}} : Json(), .story = "services assigned: " + story};
}

std::optional<std::string> CertificateStore::archive(const std::string& id) const {
  const auto found = std::ranges::find(certificates_, id, &StoredCertificate::id);
  if (found == certificates_.end()) return std::nullopt;
  return zipOf({{"cert.pem", found->material.leaf_pem},
                {"chain.pem", found->material.chain_pem},
                {"privkey.pem", found->material.key_pem}});
}

Material CertificateStore::identityFor(const std::string& server_name) const {
  const StoredService* shown = nullptr;
  for (const auto& row : services_) {
    if (row.certificate_id.empty()) continue;
    if (isProxyHost(row.service) && row.service.display_name == server_name) {
      shown = &row;
      break;
    }
    if (isWebServer(row.service)) shown = &row;
  }
  const auto found = shown == nullptr ? certificates_.end()
                                      : std::ranges::find(certificates_, shown->certificate_id, &StoredCertificate::id);
  return found == certificates_.end() ? theDefault().material : found->material;
}

}  // namespace sidecert::testing::emulator
