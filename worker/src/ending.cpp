#include "ending.hpp"

#include <algorithm>

namespace txq {

namespace {

using std::chrono::milliseconds;

/// What PostgreSQL's intervals and points in time can hold by far: a delay that they cannot would be refused again and
/// again, and with it all that is recorded at the same time.
constexpr milliseconds longest_delay = std::chrono::hours{24} * 36'500;

ending failed(enum ending::state state, job_failure error, log::level level) {
    return {.state = state, .error = std::move(error), .failed = true, .level = level};
}

ending tried_again(raw_job const& job, job_failure error, milliseconds delay) {
    if (job.attempt >= job.max_attempts) return failed(ending::state::dead, std::move(error), log::level::error);
    auto result = failed(ending::state::scheduled, std::move(error), log::level::warning);
    result.delay = delay;
    return result;
}

/// What the policy has decided about a failed attempt.
class decision {
  public:
    decision(raw_job const& job, job_failure error, double random)
        : job_{job},
          error_{std::move(error)},
          random_{random} {}

    ending operator()(backoff_policy const& backoff) {
        return tried_again(job_, std::move(error_), delay_after(backoff, job_.attempt, random_));
    }
    ending operator()(to_discarded how) { return failed(ending::state::discarded, std::move(error_), how.level); }
    ending operator()(to_dead) { return failed(ending::state::dead, std::move(error_), log::level::error); }
    ending operator()(to_held) { return failed(ending::state::held, std::move(error_), log::level::error); }

  private:
    raw_job const& job_;
    job_failure error_;
    double random_;
};

ending decided(raw_job const& job, job_failure error, retry_policy const& retry, double random) {
    auto const action = action_for(retry, error);
    return std::visit(decision{job, std::move(error), random}, action);
}

/// What was thrown is only what being stopped came to: it is kept, but no policy is about it.
job_failure timed_out(job_failure const& thrown) {
    auto result = own_failure("timeout", "ran for longer than its timeout: " + thrown.message);
    result.details = {{"stopped_with", {{"type", thrown.type}, {"message", thrown.message}}}};
    return result;
}

ending ended(enum ending::state state, char const* type, std::string const& message, char const* source) {
    auto error = own_failure(type, message, severity::info);
    error.recoverable = false;
    error.source = source;
    return {.state = state, .error = std::move(error)};
}

} // namespace

char const* name(enum ending::state state) noexcept {
    switch (state) {
    case ending::state::completed: return "completed";
    case ending::state::scheduled: return "scheduled";
    case ending::state::ready: return "ready";
    case ending::state::dead: return "dead";
    case ending::state::held: return "held";
    case ending::state::discarded: return "discarded";
    case ending::state::cancelled: return "cancelled";
    }
    return "unknown";
}

ending ending_of(raw_job const& job, outcome const& returned) {
    auto const delay = std::min(returned.delay(), longest_delay);
    switch (returned.what()) {
    case outcome::verb::complete:
    case outcome::verb::returned: return ending::completed();
    case outcome::verb::snooze: return ending::postponed(delay);
    case outcome::verb::discard: return ended(ending::state::discarded, "discarded", returned.reason(), "handler");
    case outcome::verb::retry_after: {
        auto error = own_failure("retry_after", returned.reason(), severity::warning);
        error.source = "handler";
        return tried_again(job, std::move(error), delay);
    }
    }
    return ending::completed();
}

ending ending_of(raw_job const& job, job_failure thrown, stop_reason why, retry_policy const& retry, double random) {
    switch (why) {
    case stop_reason::shutdown:
    case stop_reason::lease_lost: return ending::released();
    case stop_reason::cancelled:
        return ended(ending::state::cancelled, "cancelled", "cancelled while it was running: " + thrown.message, "txq");
    case stop_reason::timeout: return decided(job, timed_out(thrown), retry, random);
    case stop_reason::none: break;
    }
    return decided(job, std::move(thrown), retry, random);
}

} // namespace txq
