#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace txq::test {

/// A limit of beginnings.
struct rate_limit {
    double per_second;
    double burst;
};

/// By how much handlers that began at these times, in their order, were more than docs/limits.md lets begin in the
/// worst of all windows; negative: they were fewer. Half a second: from when one is allowed to when its handler begins.
inline double most_beyond(rate_limit const& limit, std::vector<std::chrono::steady_clock::time_point> const& begun,
                          double cost = 1) {
    auto worst = -1000.0;
    for (std::size_t i = 0; i < begun.size(); ++i)
        for (std::size_t j = i; j < begun.size(); ++j) {
            auto const window = std::chrono::duration<double>(begun[j] - begun[i]).count();
            worst = std::max(worst,
                             cost * static_cast<double>(j - i + 1) - limit.burst - limit.per_second * (window + 0.5));
        }
    return worst;
}

} // namespace txq::test
