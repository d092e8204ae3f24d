#pragma once

#include <chrono>
#include <cstdint>

#include "bench.hpp"

namespace txq::bench {

/// How fast one worker runs the first of so many jobs that wait, for a while or until none is left. They all have the
/// number 0.
measured work_off(bench& with, std::int64_t jobs, int slots, std::chrono::seconds time);

} // namespace txq::bench
