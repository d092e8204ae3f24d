#pragma once

// Which of a schedule's times are to be run. No clock, no I/O.

#include <vector>

#include <txq/schedule/schedule.hpp>
#include <txq/schedules.hpp>

namespace txq {

using std::chrono::sys_seconds;

/// Up to which lateness a time is not missed at all: a worker that is restarted leaves nothing out.
inline constexpr std::chrono::minutes in_time{1};

struct missed_policy {
    missed_times what = missed_times::once;
    int limit = 100;
};

struct due_times {
    /// To be run, in order.
    std::vector<sys_seconds> times;
    /// Whether there are others that are not.
    bool left_out = false;
};

/// Of the times after `base`, up to which everything has been decided on, and not after `now`.
due_times decide(schedules::schedule const& what, missed_policy missed, sys_seconds base, sys_seconds now);

} // namespace txq
