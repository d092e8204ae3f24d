#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "plan.hpp"
#include "report.hpp"

namespace txq::chaos {

struct settings {
    std::uint64_t seed = 1;
    std::chrono::seconds length{30};
    std::set<fault> faults;
    /// Of the workers. Pauses are longer and shorter than this.
    std::chrono::milliseconds lease{2000};
    /// Between two transactions of a producer, on average.
    std::chrono::milliseconds pause{50};
    /// How long it may take to do all that is left when the faults are over.
    std::chrono::seconds drain{90};
    /// How soon everybody must have done something again when the faults are over.
    std::chrono::seconds back{10};
    /// For histories and logs; made if it is not there.
    std::filesystem::path directory;
};

/// Makes run() throw, which ends the servers and programs that it has started. For a signal handler.
void interrupt() noexcept;

/// Servers, programs, load and faults, from beginning to end.
result run(settings const& how, std::vector<planned_fault> const& plan);

} // namespace txq::chaos
