#include "simulation/partners.h"

#include <fmt/format.h>

#include <algorithm>

namespace sidecert::simulation {
namespace {

using namespace std::chrono_literals;
using acme::OrderStage;
using sidecert::testing::TestCa;
using std::chrono::days;

bool oneIn(std::mt19937_64& chance, int count) {
  return std::uniform_int_distribution<int>(1, count)(chance) == 1;
}

}  // namespace

bool Bucket::take(TimePoint now) {
  level_ =
      std::min(size_, level_ + size_ * static_cast<double>((now - filled_).count()) / static_cast<double>(period_.count()));
  filled_ = now;
  if (level_ < 1) return false;
  level_ -= 1;
  return true;
}

SimulatedCa::SimulatedCa(const Situation& situation, MemoryDisk& disk, std::mt19937_64& chance, Duration life,
                         std::function<void(Duration)> pass_time)
    : situation_(situation),
      disk_(disk),
      chance_(chance),
      life_(life),
      pass_time_(std::move(pass_time)),
      authority_(TestCa("Simulated Root").intermediate()),
      key_pem_(crypto::PrivateKey::generate(crypto::KeyType::EcP256).toPem().reveal()),
      new_accounts_(10, 3h),
      new_orders_(300, 3h) {}

std::optional<Error> SimulatedCa::unavailable() const {
  if (!situation_.clock_right) return Error{.code = ErrorCode::Untrusted, .what = "the CA's certificate is not valid now"};
  if (situation_.ca_up) return std::nullopt;
  if (situation_.ca_retry_after)
    return Error{.code = ErrorCode::RateLimited, .what = "503", .hint = {}, .retry_after = situation_.ca_retry_after};
  return Error{.code = ErrorCode::Unreachable, .what = "the CA cannot be reached"};
}

void SimulatedCa::take(Bucket& bucket, const std::string& limit) {
  if (!bucket.take(situation_.now)) exceeded_.push_back(fmt::format("{} at {}", limit, toIso(situation_.now)));
}

Bucket& SimulatedCa::perName(std::map<std::string, Bucket>& buckets, const std::string& name, double size, Duration period) {
  return buckets.try_emplace(name, size, period).first->second;
}

Result<std::string> SimulatedCa::account(const acme::CertificateRequest& request, acme::AccountStore& accounts) {
  auto stored = accounts.load(request.directory);
  if (!stored) return std::unexpected(stored.error());
  acme::StoredAccount account = *stored ? **stored : acme::StoredAccount{};
  if (!account.url.empty()) return account.url;
  account.directory = request.directory;
  if (account.key_pem.empty()) account.key_pem = Secret(fmt::format("account key {}", chance_()));
  if (auto saved = accounts.save(account); !saved) return std::unexpected(saved.error());
  const std::string key = account.key_pem.reveal();
  if (!accounts_[key]) take(new_accounts_, "new accounts");
  accounts_[key] = true;
  disk_.mayDieHere();
  account.url = "https://ca.example/account/" + key;
  if (auto saved = accounts.save(account); !saved) return std::unexpected(saved.error());
  return account.url;
}

Result<acme::StoredOrder> SimulatedCa::order(const acme::CertificateRequest& request, const std::string& account,
                                             acme::OrderStore& orders) {
  auto stored = orders.load();
  if (!stored) return std::unexpected(stored.error());
  if (*stored && orders_.contains((*stored)->url) && (*stored)->account == account) return **stored;
  acme::StoredOrder order{.directory = request.directory,
                          .account = account,
                          .url = {},
                          .names = request.names,
                          .profile = {},
                          .key_pem = Secret(key_pem_),
                          .created = situation_.now};
  if (auto saved = orders.save(order); !saved) return std::unexpected(saved.error());
  // A pending order for the same names is handed out again.
  const auto pending = std::ranges::find_if(orders_, [&](const auto& known) {
    return known.second.pending && known.first.starts_with(account) && known.second.names == request.names;
  });
  if (pending != orders_.end()) {
    order.url = pending->first;
  } else {
    if (!request.replaces) take(new_orders_, "new orders");
    order.url = fmt::format("{}/order/{}", account, orders_.size());
    orders_[order.url] = Known{.names = request.names, .pending = true, .certificate = std::nullopt};
  }
  disk_.mayDieHere();
  order.stage = OrderStage::Placed;
  if (auto saved = orders.save(order); !saved) return std::unexpected(saved.error());
  return order;
}

Result<acme::IssuedCertificate> SimulatedCa::obtain(const acme::CertificateRequest& request, acme::AccountStore& accounts,
                                                    acme::OrderStore& orders) {
  ++attempts_;
  if (const auto down = unavailable()) return std::unexpected(*down);
  auto account = this->account(request, accounts);
  if (!account) return std::unexpected(account.error());
  auto order = this->order(request, *account, orders);
  if (!order) return std::unexpected(order.error());
  Known& known = orders_.at(order->url);
  // DNS takes its time, now and then half a day.
  pass_time_(std::chrono::minutes(std::uniform_int_distribution<int>(0, oneIn(chance_, 50) ? 600 : 10)(chance_)));
  if (known.pending) {
    // Half of what goes wrong with DNS is noticed before the CA is asked to look.
    if (!situation_.dns_right && oneIn(chance_, 2))
      return fail(ErrorCode::Refused, "the TXT record is not visible at every name server");
    order->stage = OrderStage::Answering;
    if (auto saved = orders.save(*order); !saved) return std::unexpected(saved.error());
    if (!situation_.dns_right) {
      for (const std::string& name : request.names) take(perName(failed_, name, 5, 1h), "failed validations of " + name);
      orders_.erase(order->url);
      disk_.mayDieHere();
      if (auto cleared = orders.clear(); !cleared) return std::unexpected(cleared.error());
      return fail(ErrorCode::Refused, "the CA did not validate the names");
    }
    known.pending = false;
    disk_.mayDieHere();
  }
  order->stage = OrderStage::Finalizing;
  if (auto saved = orders.save(*order); !saved) return std::unexpected(saved.error());
  if (!known.certificate) {
    std::string set;
    for (const std::string& name : known.names) set += name + ",";
    take(perName(same_names_, set, 5, days(7)), "certificates for the same names");
    known.certificate = authority_.issue({.names = known.names,
                                          .not_before = situation_.now - kDatedBack,
                                          .not_after = situation_.now - kDatedBack + life_,
                                          .key_pem = key_pem_});
    ++issued_;
  }
  disk_.mayDieHere();
  auto chain = crypto::parseChain(known.certificate->fullChain());
  if (!chain) return std::unexpected(chain.error());
  // Its certificate is fetched once; orders that are done are of no more use.
  const std::string url = order->url;
  std::erase_if(orders_, [&](const auto& other) { return other.first != url && !other.second.pending; });
  return acme::IssuedCertificate{.chain = *std::move(chain),
                                 .key_pem = Secret(key_pem_),
                                 .account = *account,
                                 .profile = {},
                                 .order = url,
                                 .resumed = false};
}

Result<std::optional<acme::RenewalAdvice>> SimulatedCa::advice(const crypto::Certificate& leaf) const {
  if (auto down = unavailable()) {
    if (!down->retry_after) down->retry_after = 6h;
    return std::unexpected(*down);
  }
  const bool taken_back = situation_.revoked && leaf.notBefore() + kDatedBack < *situation_.revoked;
  if (taken_back || (situation_.incident && leaf.notBefore() < *situation_.incident))
    return acme::RenewalAdvice{.window = {.start = situation_.now - 2h,
                                          .end = situation_.now - 1h,
                                          .explanation_url = "https://ca.example/incident"},
                               .ask_again = 6h};
  // As Let's Encrypt does it: around two thirds of the life, or its half when that is short. Every few days it moves.
  const Duration life = leaf.notAfter() - leaf.notBefore();
  const auto moves = (situation_.now.time_since_epoch() / (life / 20)) % 3 - 1;
  const TimePoint middle = leaf.notBefore() + (life < days(10) ? life / 2 : life * 2 / 3) + moves * (life / 50);
  return acme::RenewalAdvice{.window = {.start = middle - life / 100, .end = middle + life / 100, .explanation_url = {}},
                             .ask_again = 24h};
}

Result<std::optional<TimePoint>> SimulatedCa::revoked(const crypto::Certificate& leaf) const {
  if (auto down = unavailable()) return std::unexpected(*down);
  return situation_.revoked && leaf.notBefore() + kDatedBack < *situation_.revoked ? situation_.revoked : std::nullopt;
}

Result<dsm::Deployment> SimulatedNas::deploy(dsm::TargetState& state, const dsm::Material& material) {
  if (!situation_.on) return fail(ErrorCode::Unreachable, "the NAS is off");
  if (!situation_.lists) return fail(ErrorCode::BadAnswer, "the list of certificates makes no sense");
  const std::string sha256 = material.leaf.sha256();
  const std::string name = material.leaf.dnsNames().front();
  const bool there = !situation_.lists_nothing && listed_.contains(name) && listed_[name].sha256 == sha256;
  const bool shown = served_.contains(name) && served_[name].sha256 == sha256;
  const bool repair = there && !shown && state.repaired_leaf != sha256;
  if (repair) state.repaired_leaf = sha256;
  if (!there || repair) {
    state.importing = sha256;
    if (auto kept = state.writeDown(); !kept) return std::unexpected(kept.error());
    listed_[name] = Served{.sha256 = sha256,
                           .names = material.leaf.dnsNames(),
                           .not_before = material.leaf.notBefore(),
                           .not_after = material.leaf.notAfter()};
    ++imports_;
    if (situation_.serves) served_[name] = listed_[name];
    disk_.mayDieHere();
    if (situation_.lists_nothing) return fail(ErrorCode::BadAnswer, "DSM took the certificate and does not list it");
    if (oneIn(chance_, 20)) return fail(ErrorCode::AnswerLost, "whether DSM took the certificate is not known");
  }
  if (situation_.serves) served_[name] = listed_[name];
  state.importing.clear();
  state.certificate_id = "id of " + name;
  const dsm::Proof unseen = state.repaired_leaf == sha256 ? dsm::Proof::NotServed : dsm::Proof::NotServedYet;
  return dsm::Deployment{
      .certificate_id = state.certificate_id,
      .description = name,
      .imported = !there,
      .proof = situation_.serves ? dsm::Proof::Served : unseen,
      .services = {{.display_name = "DSM Desktop Service", .subscriber = "system", .service = "default"}}};
}

void SimulatedNas::changeSomething() {
  if (listed_.empty()) return;
  const auto entry = listed_.begin();
  served_.erase(entry->first);
  if (oneIn(chance_, 2)) {
    listed_.erase(entry);
  } else {
    entry->second.sha256 = kOwners;
  }
}

Result<dsm::Inspection> SimulatedNas::inspect() const {
  if (!situation_.on) return fail(ErrorCode::Unreachable, "the NAS is off");
  dsm::Inspection seen;
  if (!situation_.lists || situation_.lists_nothing) return seen;
  for (const auto& [name, entry] : listed_)
    seen.certificates.push_back({.id = "id of " + name,
                                 .description = name,
                                 .common_name = name,
                                 .names = entry.names,
                                 .valid_from = entry.not_before,
                                 .valid_till = entry.not_after});
  return seen;
}

}  // namespace sidecert::simulation
