#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <txq/detail/planted.hpp>

namespace txq {

/// From where on to look for the ready jobs of a queue. No clock, no I/O.
///
/// Jobs are claimed in the order of seq, so that a claim can begin where the last one ended. That spares it the dead
/// rows of all jobs that were claimed before, which cannot be removed as long as somebody holds an old snapshot. But a
/// job may appear below: its transaction committed late, or it was given back to its old place. So what was claimed
/// just now does not count yet, and now and then a claim sweeps, that is looks from the beginning. The longer a sweep
/// takes for each job that it finds below, the longer until the next one. Where there is more below than one claim
/// takes, the sweep goes on with other claims, each behind the last one, in half of the time.
class claim_floor {
  public:
    using clock = std::chrono::steady_clock;
    using floors = std::array<std::int64_t, 4>; ///< by priority

    /// How long what was claimed does not count yet, at least.
    static constexpr std::chrono::milliseconds settling{100};
    /// A sweep is followed by so many times as long without one, divided by the number of jobs that it has found, and
    /// for as long as it took at least: what a limit lets go on is below, a few jobs at a time.
    static constexpr int share = 20;

    /// For how long nobody claims because of a sweep that was due and was not made, for the first time, and for longer
    /// and longer: limits let nothing be claimed there, or nobody claims there any more.
    static constexpr std::chrono::milliseconds put_off{500};

    /// Where a claim looks, and what it has found there.
    struct look {
        floors from{};
        bool sweeps = false;
        int found_below = 0; ///< of the floor
        int parked = 0;      ///< of those found: they may not begin
        clock::time_point began{};
        std::pair<std::size_t, std::int64_t> last{}; ///< priority and seq of what it has found
    };

    /// There may be jobs below: the next claim that may is a sweep, if one is due by then.
    void want_sweep() {
        sweep_wanted_ = true;
        wanted_anew_ = true;
    }
    /// When to claim because a sweep is due, or goes on; never: clock::time_point::max().
    clock::time_point sweep_at() const {
        return sweep_wanted_ ? std::max(next_sweep_, put_off_until_) : clock::time_point::max();
    }

    /// A claim follows, because a sweep is due or goes on. If the one before did not sweep, nobody waits for this one
    /// either.
    void on_due(clock::time_point now) {
        if (!std::exchange(was_due_, true)) return;
        put_off_until_ = now + put_off_for_;
        put_off_for_ = std::min<clock::duration>(put_off_for_ * 2, std::chrono::minutes{1});
        was_due_ = false;
    }

    look begin(clock::time_point now, bool may_sweep = true) {
        if (now >= settles_) {
            floor_ = settling_;
            settling_ = claimed_;
            settles_ = now + settling;
        }
        TXQ_IF_PLANTED("floor-without-sweep", may_sweep = false)
        auto const sweeps = may_sweep && sweep_wanted_ && now >= next_sweep_;
        if (sweeps) {
            was_due_ = false;
            put_off_for_ = put_off;
            put_off_until_ = {};
        }
        if (sweeps && !under_way()) wanted_anew_ = false;
        return {.from = sweeps ? swept_ : floor_, .sweeps = sweeps, .began = now};
    }
    void on_claimed(look& which, int priority, std::int64_t seq) {
        auto const level = static_cast<std::size_t>(priority);
        claimed_[level] = std::max(claimed_[level], seq);
        if (seq <= floor_[level]) ++which.found_below;
        which.last = std::max(which.last, {level, seq});
    }
    /// `all`: it has found all that there was where it looked.
    void end(look const& which, clock::time_point now, bool all) {
        if (!which.sweeps) {
            // the sweep before found no end, and what lies between may be for sweeps only: see lock_jobs
            if (all && std::exchange(cut_short_, false)) sweep_wanted_ = true;
            return;
        }
        auto const took = now - which.began;
        longest_part_ = std::max(longest_part_, took);
        found_ += std::max(0, which.found_below - which.parked);
        if (!all && which.found_below > 0) return go_on(which, now + took);
        next_sweep_ = now + std::exchange(longest_part_, {}) * share / std::clamp(std::exchange(found_, 0), 1, share);
        swept_ = {};
        cut_short_ = !all;
        sweep_wanted_ = wanted_anew_;
    }

    /// What has been claimed, by priority, and what it was at the last call; nothing: the same.
    std::optional<std::pair<floors, floors>> take_progress() {
        if (told_ == claimed_) return std::nullopt;
        return std::pair{claimed_, std::exchange(told_, claimed_)};
    }

  private:
    bool under_way() const { return swept_ != floors{}; }

    void go_on(look const& which, clock::time_point at) {
        auto const [reached, seq] = which.last;
        for (std::size_t level = 0; level < reached; ++level) swept_[level] = std::max(swept_[level], floor_[level]);
        swept_[reached] = seq;
        next_sweep_ = at;
    }

    floors floor_{};
    floors settling_{};
    floors claimed_{};
    floors told_{};
    clock::time_point settles_{};
    floors swept_{}; // by the sweep that is under way
    clock::duration longest_part_{};
    int found_ = 0; // below the floor, by the sweep that is under way, and not parked
    clock::time_point next_sweep_{};
    bool sweep_wanted_ = true;
    bool wanted_anew_ = false; // since it began: there may be jobs behind it
    bool cut_short_ = false;   // the last sweep
    bool was_due_ = false;     // and has not been made since
    clock::duration put_off_for_ = put_off;
    clock::time_point put_off_until_{};
};

} // namespace txq
