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
    /// Jobs of the bench that are there already and are not due: they stay. None: the queue is emptied before.
    std::int64_t waiting = 0;
    std::vector<std::string> relay_options{};
};

/// Once, for one way of working.
measured flow_once(bench& with, flow_options const& how, bench::crew const& crew);

std::vector<cell> flow(bench& with, flow_options const& how);

} // namespace txq::bench
