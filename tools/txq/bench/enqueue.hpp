#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "bench.hpp"

namespace txq::bench {

/// What a job adds to an application's transaction.
struct enqueueing {
    std::vector<int> connections = {1, 8, 32};
    std::chrono::seconds time{5};
    std::size_t payload_bytes = 60;
    int runs = 3;
};

std::vector<cell> measure_enqueue(bench& with, enqueueing const& how);

} // namespace txq::bench
