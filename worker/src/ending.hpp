#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <txq/context.hpp>
#include <txq/job.hpp>
#include <txq/log.hpp>
#include <txq/outcome.hpp>
#include <txq/retry.hpp>

#include "failure.hpp"

namespace txq {

/// What becomes of a job whose attempt is over.
struct ending {
    enum class state { completed, scheduled, ready, dead, held, discarded, cancelled };

    ending::state state = state::completed;
    /// Of scheduled: how long it waits.
    std::chrono::milliseconds delay{0};
    /// The attempt does not count.
    bool refund = false;
    /// What is kept with the attempt, if anything is.
    std::optional<job_failure> error{};
    /// The attempt has failed: hooks are called.
    bool failed = false;
    /// At which the log says so.
    log::level level = log::level::warning;

    static ending completed() { return {}; }
    /// Given back as if it had not been claimed, but for a while.
    static ending postponed(std::chrono::milliseconds delay) {
        return {.state = state::scheduled, .delay = delay, .refund = true};
    }
    /// Of an attempt whose predecessor still runs in this process.
    static ending after_its_predecessor() { return postponed(std::chrono::milliseconds{100}); }
    /// Given back as if it had not been claimed.
    static ending released() { return {.state = state::ready, .refund = true}; }
};

char const* name(enum ending::state state) noexcept;

/// What the attempt of a handler comes to that listens, was asked to stop, and returned nothing: see outcome::returned.
struct stopped : std::runtime_error {
    stopped() : std::runtime_error{"the handler returned after it had been asked to stop"} {}
};

/// What an attempt comes to whose handler returned an outcome.
ending ending_of(raw_job const& job, outcome const& returned);

/// What an attempt comes to whose handler threw, `why` being the reason for which it had been asked to stop.
ending ending_of(raw_job const& job, job_failure thrown, stop_reason why, retry_policy const& retry, double random);

} // namespace txq
