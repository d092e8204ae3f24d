#pragma once

#include <string>

#include <support/database.hpp>

namespace txq::test {

/// Puts a job into txq.jobs in a state, as if it had got there by itself, and returns its id. `completed` puts it into
/// txq.processed_jobs instead. A running one belongs to the worker 1, a dead or held one has used up its attempts; they
/// have failed once before.
std::string put_job(database& db, std::string const& state, std::string const& queue = "default",
                    std::string const& kind = "test");

/// Registers the worker host:1 for the queue default and the kind test, which has given its last sign of life so long
/// ago and has a lease of 4 seconds. The first one that a test puts has the id 1.
void put_worker(database& db, std::string const& silent = "0 seconds");

/// The state a job is in; `completed` if it is recorded, empty if there is no trace of it.
std::string state_of(database& db, std::string const& id);

} // namespace txq::test
