// Work side by side, with a bound on the threads. The one place where threads are made for it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sidecert {

namespace detail {

template <class Outcome>
Outcome failedLane(const char* what) {
  return std::unexpected(typename Outcome::error_type(
      Error{.code = ErrorCode::Internal, .what = std::string("an error nobody thought of: ") + what, .hint = {}}));
}

template <class Outcome, class Work>
Outcome guarded(const Work& work, std::size_t index) {
  try {
    return work(index);
  } catch (const std::exception& bug) {
    return failedLane<Outcome>(bug.what());
  }
}

}  // namespace detail

/// Calls `work(0) … work(count - 1)`, up to `width` of them at a time; the calling thread is one of the lanes, so a width of
/// one is a plain loop. An exception becomes Error{Internal} of that call; what is thrown and is no
/// std::exception (a thread that is cancelled) is thrown on in the calling thread once all lanes have ended. Where no
/// further thread can be had, fewer do it.
/// @param work  size_t → std::expected<T, E> with an E that an Error makes; called from several threads
/// @returns the outcomes in the order of the indexes, when all are there.
template <class Work>
[[nodiscard]] auto runInLanes(std::size_t count, std::size_t width, const Work& work) {
  using Outcome = std::invoke_result_t<const Work&, std::size_t>;
  std::vector<Outcome> outcomes(count);
  std::atomic<std::size_t> next{0};
  std::once_flag once;
  std::exception_ptr thrown;
  const auto lane = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) outcomes[i] = detail::guarded<Outcome>(work, i);
    } catch (...) {
      std::call_once(once, [&] { thrown = std::current_exception(); });
    }
  };
  {
    std::vector<std::jthread> others;
    others.reserve(std::min(width, count));
    try {
      while (others.size() + 1 < std::min(width, count)) others.emplace_back(lane);
    } catch (const std::system_error&) {
      // A machine at its limit of threads: those there are do the rest.
    }
    lane();
  }
  if (thrown) std::rethrow_exception(thrown);
  return outcomes;
}

/// The first failure by index, else success.
template <class Outcome>
[[nodiscard]] Outcome firstFailure(std::vector<Outcome> outcomes) {
  const auto failed = std::ranges::find_if(outcomes, [](const Outcome& outcome) { return !outcome; });
  return failed == outcomes.end() ? Outcome() : std::move(*failed);
}

}  // namespace sidecert
