#include "figures.hpp"

#include <algorithm>

namespace txq::bench {

spread spread_of(std::vector<double> values) {
    std::ranges::sort(values);
    auto const middle = values.size() / 2;
    auto const median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    return {.median = median, .least = values.front(), .most = values.back()};
}

latency latency_of(std::vector<std::int64_t> nanoseconds) {
    if (nanoseconds.empty()) return {};
    std::ranges::sort(nanoseconds);
    auto const below = [&](std::size_t percent) {
        auto const place = (nanoseconds.size() * percent + 99) / 100;
        return static_cast<double>(nanoseconds[place - 1]) / 1e6;
    };
    return {.p50 = below(50), .p95 = below(95), .p99 = below(99)};
}

} // namespace txq::bench
