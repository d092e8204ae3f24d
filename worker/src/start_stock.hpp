#pragma once

#include <chrono>
#include <deque>

namespace txq {

/// Beginnings of handlers that this process has taken of a limit, each of which is lost when it has not been used for a
/// while: so a limit is exceeded by no more than is taken within that while. No clock, no I/O.
class start_stock {
  public:
    using clock = std::chrono::steady_clock;
    static constexpr auto kept_for = std::chrono::milliseconds{500};

    /// Taken at `when`, not earlier than those before.
    void add(int starts, clock::time_point when) {
        while (!taken_.empty() && when >= taken_.front().until) taken_.pop_front();
        taken_.push_back({when + kept_for, starts});
    }

    int left(clock::time_point now) const {
        auto sum = 0;
        for (auto const& one : taken_)
            if (now < one.until) sum += one.starts;
        return sum;
    }

    /// Uses one; there has to be one left.
    void take(clock::time_point now) {
        while (!taken_.empty() && (now >= taken_.front().until || taken_.front().starts == 0)) taken_.pop_front();
        if (!taken_.empty()) --taken_.front().starts;
    }

  private:
    struct some {
        clock::time_point until;
        int starts;
    };
    std::deque<some> taken_; // the oldest first
};

} // namespace txq
