#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "figures.hpp"

namespace txq::bench {

/// What one run has shown. Costs are per job, or per transaction where that is what is counted.
struct measured {
    double rate = 0;                        ///< per second
    std::optional<latency> to_start{};      ///< from commit to the handler's start
    std::optional<latency> to_completion{}; ///< from commit to the record
    std::optional<double> server_cpu_us{};
    std::optional<double> client_cpu_us{};
    double wal_bytes = 0;
    std::optional<double> commits{};
    /// The share of the machine that was used by neither the server nor us: how far to believe the run.
    std::optional<double> others{};
    std::map<std::string, std::int64_t> peak_memory{}; ///< by program, in bytes: the largest process of each
    std::map<std::string, double> more{};              ///< by name: what only this kind of run has
};

/// The runs of one way of doing it.
struct cell {
    std::vector<std::pair<std::string, std::string>> labels; ///< what sets it apart, such as slots: 16
    std::vector<measured> runs{};
    /// The rate of the same statements in a loop inside the server, if that was measured.
    std::optional<double> limit{};
};

} // namespace txq::bench
