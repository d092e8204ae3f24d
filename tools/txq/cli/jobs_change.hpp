#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <txq/cli/bulk.hpp>
#include <txq/cli/command_line.hpp>

namespace txq::cli {

/// What a command does to jobs that are named by their ids.
struct job_change {
    statement const& what;
    /// Of a statement: ids as a uuid[], and the states in which it may find them, as a text[].
    std::function<pq::params(std::string const& ids, std::string const& states)> params;
    char const* state;               ///< that they are in then
    char const* done;                ///< the same as a story, should somebody have changed it since
    char const* possible;            ///< which jobs it can be done to
    std::vector<std::string> states; ///< the same, in the order in which a job goes through them
    char const* many_done;           ///< what follows a number of jobs that it has been done to
    bool asks_worker = false;        ///< a running job stays so until its worker has stopped it
};

extern job_change const retry_change;
extern job_change const redrive_change;
extern job_change const release_change;
extern job_change const cancel_change;
extern job_change const discard_change;
/// To another time.
job_change reschedule_change(std::chrono::system_clock::time_point run_at);

/// Changes those that are in a state that allows it, says of each what became of it, and returns exit_code::not_found
/// if there were others.
int change_jobs(command_line const& line, std::vector<std::string> const& ids, job_change const& how);

/// Which jobs a command is about that changes many.
struct bulk_change {
    job_filter filter; ///< its state empty: all for which it is possible
    std::int64_t limit = no_limit;
    bool dry_run = false; ///< only counts them
};

/// Changes all jobs of the filter that are in a state that allows it, and says how many they were.
int change_many(command_line const& line, bulk_change const& which, job_change const& how);

} // namespace txq::cli
