// Many questions at once, in one loop: each with a socket, so a port, an id and a mix of case of its own, as one question
// alone would have. By UDP, a second time where a datagram was lost or the mixed case confused the server, then by TCP; by
// TCP also what was cut; without EDNS (RFC 6891) what a server does not understand with it.
#pragma once

#include <cstddef>
#include <span>

#include "base/effort.h"
#include "dns/resolver.h"

namespace sidecert::dns {

/// Questions under way at the same time; the others begin as these are answered. Each holds one file descriptor.
inline constexpr std::size_t kMostQuestionsAtOnce = 200;

/// Asks them all and hands over what each came to, as it comes, in the calling thread. Waits in real time.
/// @param limit  for each question, from the moment it is sent
/// @param effort  for all of them together; a stop ends the waiting at once, and each question left is handed over as
/// Stopped
void askTogether(std::span<const Query>, Duration limit, const Effort& effort, const TakeAnswer&);

}  // namespace sidecert::dns
