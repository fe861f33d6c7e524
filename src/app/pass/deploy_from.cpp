#include "app/pass/deploy_from.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.h"

namespace sidecert::app {
namespace {

constexpr std::size_t kLargestPem = 256U << 10U;

struct Heap {
  std::vector<crypto::Certificate> certificates;
  std::vector<std::pair<crypto::PrivateKey, Secret>> keys;
  std::vector<std::string> passed_over;
};

/// Every private key in a PEM text, one block each.
void collectKeys(std::string_view text, Heap& heap) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    const auto title_end = text.find("-----", at + kBegin.size());
    if (title_end == std::string_view::npos) return;
    const auto title = text.substr(at + kBegin.size(), title_end - at - kBegin.size());
    if (!title.ends_with("PRIVATE KEY")) continue;
    const std::string closing = fmt::format("-----END {}-----", title);
    const auto end = text.find(closing, title_end);
    if (end == std::string_view::npos) return;
    const std::string block = std::string(text.substr(at, end + closing.size() - at)) + "\n";
    if (auto key = crypto::PrivateKey::fromPem(block)) heap.keys.emplace_back(std::move(*key), Secret(block));
  }
}

Result<Heap> collect(FileSystem& files, const Path& folder) {
  auto names = files.list(folder);
  if (!names) return std::unexpected(names.error());
  Heap heap;
  for (const std::string& name : *names) {
    if (name.starts_with('.') || name.starts_with('@')) continue;  // drafts, and DSM's own @eaDir
    const auto bytes = files.read(folder / name);
    if (!bytes) heap.passed_over.push_back(bytes.error().what);
    if (!bytes || !*bytes || (*bytes)->size() > kLargestPem) continue;
    if (auto chain = crypto::parseChain(**bytes)) std::ranges::move(*chain, std::back_inserter(heap.certificates));
    collectKeys(**bytes, heap);
  }
  return heap;
}

std::string unread(const std::vector<std::string>& passed_over) {
  return passed_over.empty() ? "" : fmt::format(" ({})", join(passed_over, "; "));
}

/// Issuers as far as they are there; the root is left out, programs have it.
std::vector<crypto::Certificate> chainOf(const crypto::Certificate& leaf, const std::vector<crypto::Certificate>& all) {
  std::vector<crypto::Certificate> chain{leaf};
  while (chain.size() <= all.size()) {
    const auto issuer = std::ranges::find_if(
        all, [&](const crypto::Certificate& each) { return !each.isSignedBy(each) && chain.back().isSignedBy(each); });
    if (issuer == all.end()) break;
    chain.push_back(*issuer);
  }
  return chain;
}

struct Pair {
  const crypto::Certificate* certificate;
  const std::pair<crypto::PrivateKey, Secret>* key;
};

std::vector<Pair> pairsOf(const Heap& heap) {
  std::vector<Pair> pairs;
  for (const auto& certificate : heap.certificates) {
    const auto key = std::ranges::find_if(heap.keys, [&](const auto& each) { return certificate.isFor(each.first); });
    if (key != heap.keys.end()) pairs.push_back({.certificate = &certificate, .key = &*key});
  }
  return pairs;
}

/// "home.example, *.home.example" of each set of names once.
std::set<std::string> nameSets(const std::vector<Pair>& pairs) {
  std::set<std::string> sets;
  for (const Pair& pair : pairs) {
    std::vector<std::string> names = pair.certificate->dnsNames();
    std::ranges::sort(names);
    sets.insert(join(names, ", "));
  }
  return sets;
}

Result<Pair> choose(std::vector<Pair> pairs, const std::vector<std::string>& names, const Path& folder, TimePoint now) {
  const std::set<std::string> there = nameSets(pairs);
  if (!names.empty()) {
    std::erase_if(pairs, [&](const Pair& pair) {
      return !std::ranges::all_of(names, [&](const std::string& name) { return pair.certificate->covers(name); });
    });
    if (pairs.empty())
      return fail(ErrorCode::Settings,
                  fmt::format("no certificate in {} is for {}; there are: {}", folder.string(), join(names, ", "),
                              join({there.begin(), there.end()}, "; ")),
                  "write the names of the one that is meant into ACME_DOMAINS");
  }
  // What has ended stands in nobody's way while there is something that has not.
  std::vector<Pair> valid = pairs;
  std::erase_if(valid, [&](const Pair& pair) { return pair.certificate->notAfter() <= now; });
  if (!valid.empty()) pairs = std::move(valid);
  if (const std::set<std::string> left = nameSets(pairs); names.empty() && left.size() > 1)
    return fail(ErrorCode::Settings,
                fmt::format("there are certificates for different names in {}: {}", folder.string(),
                            join({left.begin(), left.end()}, "; ")),
                "set ACME_DOMAINS to the names of the one that is meant");
  return *std::ranges::max_element(pairs, {}, [](const Pair& pair) { return pair.certificate->notBefore(); });
}

}  // namespace

Result<FoundCertificate> readDeployFrom(FileSystem& files, const Path& folder, const std::vector<std::string>& names,
                                        TimePoint now) {
  auto heap = collect(files, folder);
  if (!heap) return within("DEPLOY_FROM", heap.error());
  if (heap->certificates.empty())
    return fail(ErrorCode::Settings,
                fmt::format("there is no certificate (PEM) in {}{}", folder.string(), unread(heap->passed_over)),
                "mount the folder that holds certificate, key and chain there, and set DEPLOY_FROM to its path inside the "
                "container");
  const std::vector<Pair> pairs = pairsOf(*heap);
  if (pairs.empty())
    return fail(
        ErrorCode::Settings,
        fmt::format("no private key in {} belongs to a certificate there{}", folder.string(), unread(heap->passed_over)),
        "put the unencrypted key (PEM) beside the certificate");
  const auto pair = choose(pairs, names, folder, now);
  if (!pair) return std::unexpected(pair.error());
  FoundCertificate found{
      .chain = chainOf(*pair->certificate, heap->certificates), .key_pem = pair->key->second, .passed_over = {}};
  if (auto good = crypto::checkChain(found.chain, pair->key->first, {}, now, false); !good)
    return within(fmt::format("the certificate in {}", folder.string()), good.error());
  found.passed_over = std::move(heap->passed_over);
  return found;
}

}  // namespace sidecert::app
