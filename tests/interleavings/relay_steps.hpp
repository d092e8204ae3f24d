#pragma once

#include <memory>

#include "actor.hpp"
#include "world.hpp"

namespace txq::interleavings {

/// In an application's transaction, which it begins.
step enqueue(int number);
/// In the transaction that there is.
step enqueue_another(int number);
/// As enqueue(), and all of these have the same unique key.
step enqueue_unique(int number);
/// Of the transaction that has enqueued these.
step commit_enqueued(world& in, std::vector<int> const& numbers);

/// A relay that believes to be the active one, with how far it has come. It is over when it learns that it is not, and
/// takes no more steps.
class carrier;
using carrier_ptr = std::shared_ptr<carrier>;
/// `limit`: of the rows in a batch.
carrier_ptr relay_of(world& in, std::string name, int limit);

step find_position(carrier_ptr const& own);
/// Whether the outbox is still the one that the position is of; if not, it is read anew.
step look(carrier_ptr const& own);
/// Where it is read anew.
step adopt(carrier_ptr const& own);
step read(carrier_ptr const& own);
step write(carrier_ptr const& own);
/// Decides which of what was read become jobs of their own, in a transaction that it begins and that ends with
/// end_write().
step settle(carrier_ptr const& own);
step end_write(carrier_ptr const& own);
/// Moves jobs within the database, in a transaction that it begins and that ends with end_move().
step move(carrier_ptr const& own);
/// How far, in that transaction.
step record(carrier_ptr const& own);
step end_move(carrier_ptr const& own);
/// What was refused because some of it is there: those are left as they are.
step write_rest(carrier_ptr const& own);
/// Whether the queue's record is still its own, which goes before truncate().
step confirm(carrier_ptr const& own);
step truncate(carrier_ptr const& own);
step turn(carrier_ptr const& own);

} // namespace txq::interleavings
