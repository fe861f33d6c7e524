// The part of a deployment that assigns services and the default, as SYNO_SERVICES and SYNO_AS_DEFAULT say.
#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "dsm/deployer.h"
#include "dsm/settle.h"

namespace sidecert::dsm {

/// The entry whose services a new one takes over.
std::string Deployer::heirloom() const {
  const auto former = std::ranges::find(entries_, true, &Entry::is_default);
  if (former == entries_.end()) return {};
  const bool asked = std::ranges::contains(settings_.services, "inherit");
  const bool nobody_minds = former->built_in || former->id == state_.certificate_id;
  return asked || (settings_.services.empty() && nobody_minds) ? former->id : std::string();
}

std::string Deployer::wishes() const {
  return join(settings_.services, ",") + (settings_.as_default ? " as default" : "");
}

/// Services and default as the owner wishes: when the entry is new, the certificate is, or the wish. At any other visit DSM
/// stays as its owner, or another certificate, left it.
Result<> Deployer::arrange() {
  const std::string arranged = fmt::format("{} {} {}", result_.certificate_id, leaf_.sha256(), wishes());
  const bool wish_changed = !state_.arranged.ends_with(" " + wishes());
  const Entry* entry = current();
  const bool unused = entry && entry->services.empty();
  if (wish_changed && unused && state_.inherit_from.empty() && std::ranges::contains(settings_.services, "inherit")) {
    const auto standard = std::ranges::find(entries_, true, &Entry::is_default);
    if (standard != entries_.end() && standard->id != result_.certificate_id) state_.inherit_from = standard->id;
  }
  std::vector<std::string> words = settings_.services;
  if (words.empty()) words.emplace_back("inherit");
  auto plan = planMoves(words, state_.inherit_from, entries_, result_.certificate_id, leaf_);
  result_.not_moved = plan.impossible;
  if (!plan.unknown.empty())
    result_.warnings.push_back(
        fmt::format("SYNO_SERVICES: DSM has no service {}; it has {}", join(plan.unknown, ", "), listServices(entries_)));
  if (state_.arranged == arranged && state_.inherit_from.empty()) return {};
  const auto is_default = makeDefault();
  if (!is_default) return std::unexpected(is_default.error());
  const auto moved = moveServices(plan);
  if (!moved) return std::unexpected(moved.error());
  if (!*is_default || !*moved) return {};
  state_.arranged = arranged;
  state_.inherit_from.clear();
  return state_.writeDown();
}

/// @returns false when DSM did not tell what became of it.
Result<bool> Deployer::makeDefault() {
  const Entry* entry = current();
  if (!settings_.as_default || !entry || entry->is_default) return true;
  const auto done = api_.makeDefault(entry->id, entry->description);
  if (!done && done.error().code != ErrorCode::AnswerLost) return std::unexpected(done.error());
  const auto is_default = [this](const std::vector<Entry>& entries) {
    const Entry* found = findById(entries, result_.certificate_id);
    return found && found->is_default;
  };
  auto settled = settle(api_, is_default, done ? CallEnd::Answered : CallEnd::AnswerLost, ports_);
  if (!settled) return std::unexpected(settled.error());
  if (settled->fate != Fate::Unknown) entries_ = std::move(settled->entries);
  if (settled->fate == Fate::Done) {
    ports_.log.info("The certificate is now DSM's default");
  } else {
    result_.warnings.emplace_back("DSM did not make the certificate its default (Control Panel > Security > Certificate)");
  }
  return settled->fate != Fate::Unknown;
}

/// @returns false when DSM did not tell what became of it.
Result<bool> Deployer::moveServices(const MovePlan& plan) {
  // Making the certificate the default may have moved some already.
  const auto moved = [this](const Move& move, const std::vector<Entry>& entries) {
    const Entry* holder = holderOf(move.service, entries);
    return holder && holder->id == result_.certificate_id;
  };
  std::vector<Move> moves;
  for (const Move& move : plan.moves) {
    if (moved(move, entries_)) {
      result_.moved.push_back(title(move.service));
    } else if (const Entry* holder = holderOf(move.service, entries_)) {
      moves.push_back({.service = move.service, .from = holder->id, .to = move.to});
    }
  }
  if (moves.empty()) return true;
  const auto done = api_.assign(moves);
  if (!done && done.error().code != ErrorCode::AnswerLost) return std::unexpected(done.error());
  auto settled = settle(
      api_,
      [&](const std::vector<Entry>& entries) {
        return std::ranges::all_of(moves, [&](const Move& move) { return moved(move, entries); });
      },
      done ? CallEnd::Answered : CallEnd::AnswerLost, ports_);
  if (!settled) return within("after assigning services", settled.error());
  if (settled->fate != Fate::Unknown) entries_ = std::move(settled->entries);
  for (const auto& move : moves) {
    (moved(move, entries_) ? result_.moved : result_.not_moved).push_back(title(move.service));
  }
  return settled->fate != Fate::Unknown;
}

}  // namespace sidecert::dsm
