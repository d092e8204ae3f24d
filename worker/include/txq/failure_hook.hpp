#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <txq/job.hpp>
#include <txq/job_error.hpp>

namespace txq {

/// An attempt that has failed, and what has become of its job; it is in the database by then.
struct failure_report {
    enum class fate {
        retried,   ///< it is tried again, after `delay` or, if its worker died, as soon as there is a thread
        dead,      ///< it has failed for good
        held,      ///< it waits for a person
        discarded, ///< its policy drops such jobs
        cancelled, ///< somebody had asked for that meanwhile
    };

    /// Without its payload. Of one whose worker died: its ids, queue, kind, attempt, max_attempts, fence and crashes.
    raw_job job;
    job_failure error;
    fate became = fate::retried;
    std::chrono::milliseconds delay{0};
    /// host:pid of the process that tells.
    std::string worker;
};

char const* name(failure_report::fate became) noexcept;

/// Told of every failed attempt once it is recorded: for error trackers and alerts.
///
/// Called on a thread of its own, by one at a time, so that it may take its time: nothing waits for it but the reports
/// behind it. A thousand of those are kept; what comes on top is dropped, counted, and the log says how many. What it
/// throws is logged and otherwise nothing. When the worker stops, what waits has five seconds; run() then waits for the
/// call that is in progress, so that it must return at some time. An attempt whose recording is in doubt, because the
/// connection was lost, may not be reported: what must not be missed is in txq.failed_attempts.
using failure_hook = std::function<void(failure_report const&)>;

} // namespace txq
