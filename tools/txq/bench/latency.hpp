#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench.hpp"

namespace txq::bench {

/// A little traffic for a while, one job per transaction; and none at all.
struct latency_options {
    double rate = 50;
    std::chrono::seconds time{20};
    std::chrono::seconds idle_time{10};
    int slots = 16;
    bool one_process = false; ///< which is worker and relay
    int runs = 3;
    std::vector<std::string> relay_options{};
};

std::vector<cell> measure_latency(bench& with, latency_options const& how);

} // namespace txq::bench
