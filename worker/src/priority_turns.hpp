#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace txq {

/// When a priority is looked at before more urgent ones, so that none waits for ever behind them. No clock, no I/O.
///
/// Each of 3, 2 and 1 has a turn once a second, as long as there is more than is claimed: where everything is claimed
/// that there is, nothing waits behind anything. And no more than one job in `share` is claimed so: where handlers take
/// long, and claims are rare, turns are as well.
class priority_turns {
  public:
    using clock = std::chrono::steady_clock;

    static constexpr int least_urgent = 3;
    static constexpr auto round = std::chrono::milliseconds{1000};
    static constexpr int share = 4;

    /// How many of the jobs that are to be claimed are for the priority whose turn it is.
    static int jobs_of(int wanted) { return std::max(1, wanted / share); }

    /// The priority whose turn it is, by a claim that is to get so many jobs; nothing: nobody's.
    std::optional<int> take(clock::time_point now, int wanted) {
        if (!more_ || now < next_ || usual_ < (share - 1) * jobs_of(wanted)) return std::nullopt;
        next_ = now + round / least_urgent;
        usual_ = 0;
        auto const mine = level_;
        level_ = level_ == 1 ? least_urgent : level_ - 1;
        return mine;
    }

    /// A claim in the usual order has ended. `all`: with all that there was.
    void on_claimed(int jobs, bool all) {
        more_ = !all;
        usual_ = std::min(usual_ + jobs, 1'000'000);
    }

  private:
    bool more_ = false;
    int usual_ = 0; // claimed in the usual order since the last turn
    int level_ = least_urgent;
    clock::time_point next_{};
};

} // namespace txq
