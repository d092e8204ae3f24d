#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench.hpp"
#include "load.hpp"

namespace txq::bench {

/// A steady flow, before and while something keeps the server from removing dead rows.
struct bloat_options {
    load producing{.producers = 1, .rate = 10'000, .batch = 100};
    std::vector<std::string> kinds{}; ///< of holder; none: all
    int free_intervals = 1;
    int held_intervals = 10;
    std::chrono::seconds interval{60};
    int slots = 16;
};

/// A cell per interval.
std::vector<cell> measure_bloat(bench& with, bloat_options const& how);

} // namespace txq::bench
