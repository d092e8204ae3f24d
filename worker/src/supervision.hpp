#pragma once

#include <chrono>

#include "shared_state.hpp"

namespace txq {

/// Asks handlers to stop that have run for too long, and all of them when the lease does not hold any more. Touches no
/// database, so nothing can keep it from doing so in time. Returns how long until the next look.
inline std::chrono::milliseconds supervise(shared_state& state) {
    auto const now = attempt::clock::now();
    auto const held = state.lease_holds();
    for (auto const& one : state.attempts.all()) {
        if (!one->is_started()) continue;
        auto const timeout = one->how.options.timeout;
        if (!held)
            one->stop(stop_reason::lease_lost);
        else if (timeout.count() > 0 && now - one->started() >= timeout)
            one->stop(stop_reason::timeout);
    }
    return std::chrono::milliseconds{20};
}

} // namespace txq
