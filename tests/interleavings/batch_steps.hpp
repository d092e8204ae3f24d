#pragma once

#include "worker_steps.hpp"

namespace txq::interleavings {

/// Under a limit by key: a batch of one that holds a place, or whose job is asked for by itself where there is none.
script in_batch(hand_ptr const& own);
/// The same, but it lasts and goes on under a lease, with a place of its own; where there is none nothing begins.
script in_lasting_batch(hand_ptr const& own);
/// By lease, and its job is asked for by itself.
script by_itself(hand_ptr const& own);

} // namespace txq::interleavings
