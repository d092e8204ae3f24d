#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "claim_floor.hpp"
#include "priority_turns.hpp"

namespace txq {

/// Where to look for the jobs of one queue: usually for those of all priorities, the most urgent first, and at its turn
/// for those of a single one. No clock, no I/O.
class lookout {
  public:
    using clock = claim_floor::clock;

    struct look : claim_floor::look {
        std::optional<int> only{}; ///< the priority whose turn it is
        bool may_sweep = true;
        int jobs = 0;       ///< found
        unsigned epoch = 0; ///< the desk's
    };

    /// As in claim_floor.
    void want_sweep() {
        all_.want_sweep();
        for (auto& one : each_) one.want_sweep();
    }
    clock::time_point sweep_at() const { return all_.sweep_at(); }
    void on_due(clock::time_point now) { all_.on_due(now); }
    auto take_progress() { return all_.take_progress(); }

    look begin(clock::time_point now, bool may_sweep) { return {all_.begin(now, may_sweep), std::nullopt, may_sweep}; }
    /// For a claim that is to get so many jobs. Nothing: it is no priority's turn.
    std::optional<look> begin_turn(clock::time_point now, int wanted, bool may_sweep) {
        auto const level = turns(may_sweep).take(now, wanted);
        if (!level) return std::nullopt;
        look result{floor_of(*level).begin(now, may_sweep), level, may_sweep};
        for (std::size_t other = 0; other < result.from.size(); ++other)
            if (other != static_cast<std::size_t>(*level))
                result.from[other] = std::numeric_limits<std::int64_t>::max();
        return result;
    }

    void on_claimed(look& which, int priority, std::int64_t seq) {
        ++which.jobs;
        claim_floor::look another; // for the floors that it was not about
        all_.on_claimed(which.only ? another : which, priority, seq);
        floor_of(priority).on_claimed(which.only ? which : another, priority, seq);
    }
    /// `all`: it has found all that there was where it looked.
    void end(look const& which, clock::time_point now, bool all) {
        if (which.only) return floor_of(*which.only).end(which, now, all);
        all_.end(which, now, all);
        turns(which.may_sweep).on_claimed(which.jobs, all);
    }

  private:
    claim_floor& floor_of(int priority) { return each_[static_cast<std::size_t>(priority)]; }
    /// Those who may not sweep do not see all, so the others have turns of their own.
    priority_turns& turns(bool may_sweep) { return may_sweep ? sweeping_ : others_; }

    claim_floor all_;
    std::array<claim_floor, 4> each_; // by priority, for its turns
    priority_turns sweeping_;
    priority_turns others_;
};

} // namespace txq
