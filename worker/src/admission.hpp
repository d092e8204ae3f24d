#pragma once

#include <memory>
#include <vector>

#include <txq/detail/session.hpp>

#include "attempt.hpp"
#include "shared_state.hpp"

namespace txq {

/// The threads that run a group's jobs. Of a key its leased jobs hold no more places than can run on these at once.
struct crew {
    int number = 0; ///< of the process', see locker_numbers
    int threads = 1;
};

/// Asks the database which of the jobs that are leased to this worker may begin under the limits that it counts. Those
/// that may not are parked, or somebody else's: they are removed, and no attempts any more. Returns how many. Without
/// such limits nothing is asked.
int park_those_over_limits(session& database, std::vector<std::shared_ptr<attempt>>& claimed, shared_state& state,
                           crew const& of);

/// The columns limits, keys and places; those of which it holds none are left out.
std::vector<limit_places> read_places(pqxx::row const& row);

/// Lets parked jobs have the places that these have left.
void release_parked(session& database, std::vector<limit_places> const& ended);

} // namespace txq
