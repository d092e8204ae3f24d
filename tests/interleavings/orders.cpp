#include "orders.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace txq::interleavings {

std::string order::text() const {
    std::string text;
    int dead = -1;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        if (turns[i] == dead) continue;
        text += (text.empty() ? "" : " ") + std::to_string(turns[i]);
        if (killed_after != i) continue;
        text += '!';
        dead = turns[i];
    }
    return text;
}

unsigned long long count_orders(std::vector<int> const& steps, bool kills) {
    unsigned long long count = 1;
    unsigned long long placed = 0;
    for (auto const each : steps)
        for (unsigned long long i = 1; i <= static_cast<unsigned long long>(each); ++i) count = count * ++placed / i;
    return count * (kills ? placed + 1 : 1);
}

namespace {

/// No multiple of the number of places for a kill, or they would all be at the same one.
unsigned long long stride_for(unsigned long long all, unsigned long long most, unsigned long long places) {
    auto stride = most == 0 || most >= all ? 1 : all / most;
    while (std::gcd(stride, places) != 1) --stride;
    return stride;
}

} // namespace

unsigned long long for_each_order(std::vector<int> const& steps, bool kills, unsigned long long most,
                                  std::function<void(order const&)> const& what) {
    auto const all = count_orders(steps, kills);
    auto const stride = stride_for(all, most, kills ? std::accumulate(steps.begin(), steps.end(), 1ULL) : 1);
    order next;
    for (std::size_t i = 0; i < steps.size(); ++i)
        next.turns.insert(next.turns.end(), static_cast<std::size_t>(steps[i]), static_cast<int>(i));
    std::set<std::string> seen;
    unsigned long long number = 0;
    auto const visit = [&] {
        if (number++ % stride == 0 && seen.insert(next.text()).second) what(next);
    };
    do {
        next.killed_after.reset();
        visit();
        for (std::size_t i = 0; kills && i < next.turns.size(); ++i) {
            next.killed_after = i;
            visit();
        }
    } while (std::ranges::next_permutation(next.turns).found);
    return seen.size();
}

} // namespace txq::interleavings
