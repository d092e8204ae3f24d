#pragma once

#include <chrono>
#include <stdexcept>

namespace txq::testing {

/// The time of a test, which stands still until the test moves it. One thread.
class clock {
  public:
    using time_point = std::chrono::system_clock::time_point;

    /// Without a time it is the beginning of 2026, so that a test is the same on each day.
    explicit clock(time_point start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}) : now_{start} {}

    time_point now() const noexcept { return now_; }
    void advance(std::chrono::microseconds by) { advance_to(now_ + by); }
    /// Throws std::invalid_argument for the past.
    void advance_to(time_point when) {
        if (when < now_) throw std::invalid_argument{"the clock of a test cannot go back"};
        now_ = when;
    }

  private:
    time_point now_;
};

} // namespace txq::testing
