#pragma once

#include <cstdint>
#include <vector>

namespace txq::bench {

/// Of several runs.
struct spread {
    double median = 0;
    double least = 0;
    double most = 0;
};

/// Of at least one value.
spread spread_of(std::vector<double> values);

/// In milliseconds.
struct latency {
    double p50 = 0;
    double p95 = 0;
    double p99 = 0;
};

/// Of nanoseconds; of none, zeros.
latency latency_of(std::vector<std::int64_t> nanoseconds);

} // namespace txq::bench
