#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "bench.hpp"

namespace txq::bench {

/// A tenant with few jobs beside one with very many, and claims while very many tenants wait: in a fair queue, and in
/// one that is not.
struct fairness_options {
    /// Of the large tenant, when the small one's ten come.
    std::int64_t jobs = 1'000'000;
    /// Ten jobs each wait, for the claims.
    int tenants = 10'000;
    int slots = 16;
    std::chrono::milliseconds handler_time{0};
    /// How long is looked at it, from when the ten come; less where there is nothing left.
    std::chrono::seconds time{15};
    int runs = 3;
};

std::vector<cell> measure_fairness(bench& with, fairness_options const& how);

} // namespace txq::bench
