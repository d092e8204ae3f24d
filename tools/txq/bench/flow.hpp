#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench.hpp"
#include "load.hpp"

namespace txq::bench {

/// Producers, a relay and workers at the same time.
struct flow_options {
    load producing{};
    std::vector<int> processes = {1};
    std::vector<int> slots = {16};
    std::chrono::milliseconds handler_time{0};
    std::chrono::seconds warm_up{3};
    std::chrono::seconds time{15};
    int runs = 3;
    std::vector<std::string> relay_options{};
};

std::vector<cell> flow(bench& with, flow_options const& how);

} // namespace txq::bench
