#pragma once

#include <txq/detail/session.hpp>

namespace txq {

/// Lets the next jobs of orders run, whose queues and keys are given as for the statement of this name.
void let_next_in_order_run(session& database, pq::params const& orders);

} // namespace txq
