#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <txq/context.hpp>
#include <txq/job.hpp>
#include <txq/outcome.hpp>
#include <txq/retry.hpp>

namespace txq {

/// What becomes of a job whose attempt is over.
struct ending {
    enum class state { completed, scheduled, ready, dead, discarded, cancelled };

    ending::state state = state::completed;
    /// Of scheduled: how long it waits.
    std::chrono::milliseconds delay{0};
    /// The attempt does not count.
    bool refund = false;
    /// What is kept with the attempt; no type: nothing is.
    std::string error_type;
    std::string message;

    static ending completed() { return {}; }
    /// Given back as if it had not been claimed, but for a while.
    static ending postponed(std::chrono::milliseconds delay) {
        return {.state = state::scheduled, .delay = delay, .refund = true, .error_type = {}, .message = {}};
    }
    /// Given back as if it had not been claimed.
    static ending released() {
        return {.state = state::ready, .delay = {}, .refund = true, .error_type = {}, .message = {}};
    }
};

char const* name(enum ending::state state) noexcept;

/// What a handler threw, in words.
struct failure {
    std::string type;
    std::string message;
    bool permanent = false;
};

/// What the attempt of a handler comes to that listens, was asked to stop, and returned nothing: see outcome::returned.
struct stopped : std::runtime_error {
    stopped() : std::runtime_error{"the handler returned after it had been asked to stop"} {}
};

/// The exception's type and message, cut to what is worth keeping and made fit for PostgreSQL's text.
failure describe(std::exception_ptr const& thrown);

/// UTF-8 without NUL, 8 KiB at most; what is not UTF-8 is replaced.
std::string printable(std::string text);

/// What an attempt comes to whose handler returned an outcome.
ending ending_of(raw_job const& job, outcome const& returned);

/// What an attempt comes to whose handler threw, `why` being the reason for which it had been asked to stop.
ending ending_of(raw_job const& job, failure const& thrown, stop_reason why, retry_policy const& retry, double random);

} // namespace txq
