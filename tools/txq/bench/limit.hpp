#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench.hpp"

// The limits: what the server alone is able to do, with loops inside it around the programs' statements (see
// sql/setup.sql), in so many sessions at once.

namespace txq::bench::limit {

enum class claims { locked, leased };

/// Claims and completes all jobs that are ready. In batches of 500, as the worker does at full load.
measured drain(bench& with, std::int64_t jobs, int sessions, claims how);

/// Moves the jobs in the outbox. One session: there is one relay.
measured relay(bench& with, std::int64_t jobs);

/// Transactions with an order each, and a job in each.
measured enqueue(bench& with, int sessions, std::int64_t transactions, bool with_job);

} // namespace txq::bench::limit
