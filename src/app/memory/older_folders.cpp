#include "app/memory/older_folders.h"

#include <fmt/format.h>

#include "app/memory/nas_memory.h"

namespace sidecert::app {
namespace {

using state::Json;

constexpr std::string_view kCertificates = "certificates/";
constexpr std::string_view kNasFolder = "/nas/";
constexpr std::string_view kRecord = "/record";

/// "localhost_5000", as documents of a NAS were called, as an address.
std::string addressIn(const std::string& name) {
  const std::size_t at = name.rfind('_');
  return at == std::string::npos ? name : name.substr(0, at) + ":" + name.substr(at + 1);
}

/// @param exact  the name of the NAS is as it was written, not made of a file's name
Result<> addTo(const Memory& memory, const std::string& nas, bool exact, const std::string& title, const char* part,
               const Json& value) {
  return state::update(*memory.store, nasKey(nas), [&](Json& document) {
    if (exact || !document.contains("nas")) document["nas"] = nas;
    Json& one = document["certificates"][title];
    if (!one.contains(part)) one[part] = value;
  });
}

/// certificates/<title>/nas/<host_port>, and the same of `sidecert deploy --cert`.
Result<> moveEntry(const Memory& memory, const std::string& key) {
  const std::size_t at = key.find(kNasFolder);
  std::string title = key.substr(0, at);
  if (title.starts_with(kCertificates)) title = title.substr(kCertificates.size());
  const auto entry = state::read(*memory.store, key);
  if (!entry) return std::unexpected(entry.error());
  if (*entry) {
    const std::string nas = addressIn(key.substr(at + kNasFolder.size()));
    if (auto added = addTo(memory, nas, false, title, "entry", **entry); !added) return added;
  }
  return state::erase(*memory.store, key);
}

Result<> moveTargets(const Memory& memory, const std::string& key) {
  const auto record = state::read(*memory.store, key);
  if (!record) return {};  // of a newer program: not ours to touch
  if (!*record || !(*record)->contains("targets")) return {};
  const std::string title = key.substr(kCertificates.size(), key.size() - kCertificates.size() - kRecord.size());
  for (const auto& [nas, target] : state::object(**record, "targets").items()) {
    if (auto added = addTo(memory, nas, true, title, "target", target); !added) return added;
  }
  return state::update(*memory.store, key, [](Json& document) { document.erase("targets"); });
}

/// The document of the NAS's address becomes that of its label.
Result<> knowByLabel(const Memory& memory, const config::NasSettings& nas) {
  const std::string key = nasKey(targetKey(nas));
  const std::string by_address = nasKey(fmt::format("{}:{}", nas.host, nas.port));
  if (key == by_address) return {};
  const auto known = memory.store->get(key);
  if (!known) return std::unexpected(known.error());
  auto former = state::read(*memory.store, by_address);
  if (!former) return std::unexpected(former.error());
  if (*known || !*former) return {};
  (**former)["nas"] = targetKey(nas);
  if (auto moved = state::write(*memory.store, key, std::move(**former)); !moved) return moved;
  return state::erase(*memory.store, by_address);
}

}  // namespace

Result<> bringUpToDate(const Memory& memory, const config::Settings& settings) {
  const auto keys = memory.store->list("");
  if (!keys) return std::unexpected(keys.error());
  for (const std::string& key : *keys) {
    const bool below_another = !key.starts_with("nas/") && key.find(kNasFolder) != std::string::npos;
    Result<> done;
    if (below_another) {
      done = moveEntry(memory, key);
    } else if (key.starts_with(kCertificates) && key.ends_with(kRecord)) {
      done = moveTargets(memory, key);
    } else if (key.starts_with("nas/")) {
      const auto document = state::read(*memory.store, key);
      if (document && *document && !(*document)->contains("nas"))
        done = state::update(*memory.store, key, [&](Json& body) { body["nas"] = addressIn(key.substr(4)); });
    }
    if (!done) return done;
  }
  for (const config::CertificateSettings& certificate : settings.certificates) {
    for (const config::NasSettings& nas : certificate.targets) {
      if (auto known = knowByLabel(memory, nas); !known) return known;
    }
  }
  return {};
}

}  // namespace sidecert::app
