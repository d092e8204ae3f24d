#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace txq {

/// From where on to look for the ready jobs of a queue. No clock, no I/O.
///
/// Jobs are claimed in the order of seq, so that a claim can begin where the last one ended. That spares it the dead
/// rows of all jobs that were claimed before, which cannot be removed as long as somebody holds an old snapshot. But a
/// job may appear below: its transaction committed late, or it was given back to its old place. So what was claimed
/// just now does not count yet, and now and then a claim sweeps, that is looks from the beginning. The longer a sweep
/// takes, the longer until the next one.
class claim_floor {
  public:
    using clock = std::chrono::steady_clock;
    using floors = std::array<std::int64_t, 4>; ///< by priority

    /// How long what was claimed does not count yet, at least.
    static constexpr std::chrono::milliseconds settling{100};
    /// Sweeps take no more than one part in so many of the time.
    static constexpr int share = 20;

    /// There may be jobs below: the next claim is a sweep, if one is due by then.
    void want_sweep() { sweep_wanted_ = true; }

    /// Where a claim has to look.
    floors next(clock::time_point now) {
        began_ = now;
        sweeps_ = sweep_wanted_ && now >= next_sweep_;
        if (now >= settles_) {
            floor_ = settling_;
            settling_ = claimed_;
            settles_ = now + settling;
        }
        return sweeps_ ? floors{} : floor_;
    }
    /// What that claim has found.
    void on_claimed(int priority, std::int64_t seq) {
        auto& last = claimed_[static_cast<std::size_t>(priority)];
        last = std::max(last, seq);
    }
    /// The claim is over. `all`: it has found all that there was.
    void on_end(clock::time_point now, bool all) {
        if (!sweeps_) return;
        next_sweep_ = now + (now - began_) * share;
        if (all) sweep_wanted_ = false;
    }

  private:
    floors floor_{};
    floors settling_{};
    floors claimed_{};
    clock::time_point settles_{};
    clock::time_point next_sweep_{};
    clock::time_point began_{};
    bool sweeps_ = false;
    bool sweep_wanted_ = true;
};

} // namespace txq
