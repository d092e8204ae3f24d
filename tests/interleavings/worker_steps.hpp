#pragma once

#include <memory>
#include <vector>

#include "actor.hpp"
#include "world.hpp"

namespace txq::interleavings {

using script = std::vector<step>;

/// A worker, or a part of one, with what it has in hand.
class hand;
using hand_ptr = std::shared_ptr<hand>;
/// Registers it.
hand_ptr worker(world& in, int who);

step claim(hand_ptr const& own);
step lock(hand_ptr const& own);
step complete(hand_ptr const& own);
step complete_locked(hand_ptr const& own);
step lease(hand_ptr const& own);
step commit();
step commit_and_end(hand_ptr const& own);
step lose_session();
step beat(hand_ptr const& own);
/// Whoever believes another one dead.
script find_dead(world& in, hand_ptr const& whom);

script in_transaction(hand_ptr const& own);
script under_lock(hand_ptr const& own);
script under_lease(hand_ptr const& own);

} // namespace txq::interleavings
