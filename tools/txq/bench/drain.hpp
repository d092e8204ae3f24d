#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench.hpp"

namespace txq::bench {

/// How jobs that were relayed before are worked off.
struct drain_options {
    std::int64_t jobs = 200'000;
    std::vector<int> processes = {1, 2, 4};
    std::vector<int> slots = {4, 16, 64, 256}; ///< of each process
    std::vector<std::string> completions = {"batched", "per-job"};
    std::size_t payload_bytes = 60;
    std::chrono::milliseconds handler_time{0};
    int runs = 3;
    /// Of a limit that the queue has meanwhile, to see what it costs.
    struct limit {
        int max_running = 0; ///< 0: any number
        int starts = 0;      ///< per second; 0: any number
        std::string each{};  ///< such as payload.n, which is another one in each job; empty: one for all
        bool is_set() const { return max_running > 0 || starts > 0; }
    } under{};
};

std::vector<cell> drain(bench& with, drain_options const& how);

} // namespace txq::bench
