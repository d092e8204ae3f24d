#pragma once

#include <chrono>

#include "shared_state.hpp"

namespace txq {

/// Why an attempt has to stop now, if it has to; `lease_holds`: the worker's. No I/O.
///
/// Others take a job that was locked for nobody's when the lock is as old as a lease. A lock that lasts is turned into
/// a lease within milliseconds; where that cannot be done, as when only its connection is lost and cannot be had again,
/// the worker's being heard says nothing about the job. Then one that has not begun must not begin either.
inline stop_reason why_to_stop(attempt const& one, attempt::clock::time_point now, bool lease_holds,
                               std::chrono::milliseconds lease) {
    if (one.held == attempt::held_by::lock && now - one.claimed >= lease_guard::relied_on(lease))
        return stop_reason::lease_lost;
    if (!one.is_started()) return stop_reason::none;
    if (!lease_holds) return stop_reason::lease_lost;
    auto const timeout = one.how.options.timeout;
    return timeout.count() > 0 && now - one.started() >= timeout ? stop_reason::timeout : stop_reason::none;
}

/// Asks handlers to stop that have run for too long, and all of them when the lease does not hold any more. Touches no
/// database, so nothing can keep it from doing so in time. Returns how long until the next look.
inline std::chrono::milliseconds supervise(shared_state& state) {
    auto const now = attempt::clock::now();
    auto const held = state.lease_holds();
    for (auto const& one : state.attempts.all())
        if (auto const why = why_to_stop(*one, now, held, state.options.lease); why != stop_reason::none)
            one->stop(why);
    return std::chrono::milliseconds{20};
}

} // namespace txq
