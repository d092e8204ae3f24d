#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pqxx/pqxx>

#include "recorder.hpp"
#include "shared_state.hpp"

namespace txq {

/// A timestamp of a session whose TimeZone is UTC and DateStyle ISO: 2026-01-31 09:05:00.123456+00. What is not within
/// the years 1970 to 2199, which only a row of somebody's own making has, is the first moment of 1970: C++ cannot
/// calculate with all that PostgreSQL can hold.
std::chrono::system_clock::time_point read_timestamp(std::string_view text);

/// The rows of claim_jobs or lock_jobs of a queue as attempts, in the order in which they are to be run.
std::vector<std::shared_ptr<attempt>> read_claimed(pqxx::result const& rows, std::string const& queue,
                                                   shared_state const& state, std::int64_t worker);

/// Takes attempts into the hand. Leaves out those of which an earlier attempt at the same job still runs here: found
/// dead, this worker has lost the job and got it again. It must not run twice at once, so it has to wait a little; or,
/// if it is the same attempt that has lost its lock, this was its lease.
std::vector<std::shared_ptr<attempt>> admit(std::vector<std::shared_ptr<attempt>> claimed, shared_state& state,
                                            recorder& endings);

} // namespace txq
