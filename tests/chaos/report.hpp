#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checks.hpp"

namespace txq::chaos {

/// What became of one run of txq-chaos.
struct result {
    std::vector<finding> findings;
    std::map<std::string, long long> counts; ///< what really happened
    long long jobs = 0;
    long long handler_runs = 0;
    double back_in_s = 0;  ///< from the end of the faults until everybody worked; 0: not seen
    std::string stories{}; ///< all that is known of jobs whose invariants are violated

    bool violated() const;
};

/// A row per invariant and a row per thing that happened.
std::string report(result const& what);

/// The same for `totals`: counts by their names, invariants in their order, the first violations of each.
nlohmann::json to_json(result const& what);

} // namespace txq::chaos
