#pragma once

#include <cstdint>
#include <string>

#include <txq/cli/bulk.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/detail/session.hpp>

namespace txq::cli {

/// Which dead jobs a command is about.
struct dead_filter {
    job_traits traits;
    std::string before; ///< a point in time as the database writes it: those that died before
    std::int64_t limit = no_limit;
    std::int64_t batch = 500; ///< how many at a time
};

/// Goes through the dead jobs, those that have been dead for longest first, some hundreds at a time: calls `batch` with
/// their ids as a uuid[] and how many they are, and adds up what it returns. Jobs that die meanwhile are not among
/// them.
std::int64_t for_dead_jobs(session& database, dead_filter const& filter, batch_action const& batch);

/// What `before` is for jobs that have been dead for this long.
std::string time_ago(session& database, std::chrono::milliseconds ago);

} // namespace txq::cli
