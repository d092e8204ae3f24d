#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace txq {

// How workers share the slots of a limit, each of which lets one handler run. No clock, no I/O.

/// What a worker could use and what it has.
struct slot_holder {
    std::int64_t worker = 0;
    int wanted = 0;
    int slots = 0;
};

/// As many for each as for any other, but for those that could not use so many. Where there are fewer slots than
/// workers that want some, these take turns. In the order of the holders, which has to be everybody's.
inline std::vector<int> fair_shares(int all, std::vector<slot_holder> const& holders, std::int64_t turn) {
    std::vector<int> shares(holders.size(), 0);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < holders.size(); ++i)
        if (holders[i].wanted > 0) open.push_back(i);
    auto left = all;
    if (left < static_cast<int>(open.size())) {
        auto const first = static_cast<std::size_t>(turn * left) % open.size();
        std::rotate(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
    }
    while (left > 0 && !open.empty()) {
        auto const each = std::max(1, left / static_cast<int>(open.size()));
        for (auto const i : open) {
            auto const more = std::min({each, left, holders[i].wanted - shares[i]});
            shares[i] += more;
            left -= more;
        }
        std::erase_if(open, [&](std::size_t i) { return shares[i] == holders[i].wanted; });
    }
    return shares;
}

/// How many one of the holders should have. What it has and does not need it keeps until others are short of it; what
/// it is short of it gets as others give it back.
inline int slots_to_hold(int all, std::vector<slot_holder> const& holders, std::size_t me, std::int64_t turn) {
    auto const shares = fair_shares(all, holders, turn);
    auto free = all;
    auto lacking = 0; // to others
    for (std::size_t i = 0; i < holders.size(); ++i) {
        free -= holders[i].slots;
        if (i != me) lacking += std::max(0, shares[i] - holders[i].slots);
    }
    auto const mine = holders[me].slots;
    if (mine >= shares[me]) return mine - std::min(mine - shares[me], std::max(0, lacking - free));
    return mine + std::min(shares[me] - mine, std::max(0, free));
}

/// How many slots a worker says that it could use: more at once, fewer only when it has been so for a while, and not
/// every number there is, since each that is said is written.
class slot_demand {
  public:
    using clock = std::chrono::steady_clock;
    static constexpr auto for_a_while = std::chrono::milliseconds{500};

    /// `peak`: the most that were in use since the last call; `short_of`: more could have been; `most`: no more than
    /// this can ever be in use.
    int update(clock::time_point now, int peak, bool short_of, int most) {
        auto const level = short_of ? most : std::min(most, rounded(peak));
        highest_ = std::max(highest_, level);
        if (level > said_ || now >= until_) {
            said_ = std::max(highest_, level);
            highest_ = level;
            until_ = now + for_a_while;
        }
        return said_;
    }

  private:
    static int rounded(int peak) {
        auto power = peak > 0 ? 1 : 0;
        while (power < peak) power *= 2;
        return power;
    }

    int said_ = 0;
    int highest_ = 0; // since it was said
    clock::time_point until_{};
};

} // namespace txq
