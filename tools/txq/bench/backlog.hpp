#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "bench.hpp"

namespace txq::bench {

/// Claims and throughput with many jobs waiting.
struct backlog_options {
    std::vector<std::int64_t> jobs = {10'000, 1'000'000, 10'000'000};
    std::chrono::seconds time{10};
    int slots = 16;
    int runs = 3;
};

std::vector<cell> measure_backlog(bench& with, backlog_options const& how);

} // namespace txq::bench
