#pragma once

#include <chrono>
#include <string>

#include <txq/job_error.hpp>

namespace txq {

/// How an attempt ended that ended as expected; what is thrown instead is a failed attempt, and the retry policy says
/// what becomes of it.
class outcome {
  public:
    enum class verb { complete, returned, snooze, discard, retry_after };

    /// Done.
    static outcome complete() { return {verb::complete, {}, {}}; }
    /// Of a handler that returns nothing: done, unless it has looked at context::stop() or why_stop() and was asked to
    /// stop. It may then have left before it was done, so that it ends as if it had thrown.
    static outcome returned() { return {verb::returned, {}, {}}; }
    /// Not now: again after `delay` (100 years at most), and this attempt does not count.
    static outcome snooze(std::chrono::milliseconds delay) { return {verb::snooze, delay, {}}; }
    /// Nothing to be done any more: the job ends without success, and is kept with the reason.
    static outcome discard(std::string reason) { return {verb::discard, {}, std::move(reason)}; }
    /// Failed, and the other side has said when to come again, as in HTTP's Retry-After: counts as an attempt, waits
    /// for `delay` (100 years at most; negative: not at all) instead of what the retry policy says. The policy is not
    /// asked.
    static outcome retry_after(std::chrono::milliseconds delay, std::string reason) {
        return {verb::retry_after, delay, std::move(reason)};
    }

    verb what() const noexcept { return what_; }
    /// Of snooze and retry_after; never negative.
    std::chrono::milliseconds delay() const noexcept { return delay_; }
    /// Of discard and retry_after.
    std::string const& reason() const noexcept { return reason_; }

  private:
    outcome(verb what, std::chrono::milliseconds delay, std::string reason)
        : what_{what},
          delay_{delay < delay.zero() ? delay.zero() : delay},
          reason_{std::move(reason)} {}

    verb what_;
    std::chrono::milliseconds delay_;
    std::string reason_;
};

} // namespace txq
