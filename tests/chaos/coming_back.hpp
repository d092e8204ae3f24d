#pragma once

#include <vector>

#include "evidence.hpp"

namespace txq::chaos {

/// How long after the end of the faults each of them did its first work, in no order; `never`: it did none. They are
/// the outboxes, of which a job is moved, and the groups of all workers, which begin to run one.
///
/// What is to be done by then may keep a job that is enqueued now waiting for longer.
std::vector<micros> times_of_return(evidence const& all);

} // namespace txq::chaos
