#pragma once

#include <string>
#include <vector>

#include "evidence.hpp"

namespace txq::chaos {

/// What became of one invariant.
struct finding {
    std::string name; ///< I1 to I16: see the table in docs/reliability.md
    std::string what;
    long long checked = 0;
    std::vector<std::string> violations{};
    std::string not_checked{}; ///< why not; empty: it was
    std::string note{};        ///< what else there is to be said

    void check(bool holds, std::string const& otherwise) {
        ++checked;
        if (!holds) violations.push_back(otherwise);
    }
};

/// What was seen while it went on, and at its end.
struct observations {
    long long samples = 0;
    std::vector<std::string> vanished{};  ///< by sample
    std::vector<std::string> stuck{};     ///< what was not drained, or did not come back
    std::vector<std::string> deserters{}; ///< programs that ended by themselves
    int probes = 0;                       ///< things that had to come back
    double back_in_s = 0;                 ///< until they had; 0: not seen
    double back_within_s = 0;             ///< in which they must have
    double drained_in_s = 0;
};

/// All that is known of the jobs that the first violations name.
std::string stories_of_violations(evidence const& all, std::vector<finding> const& findings);

/// One row per invariant, in their order.
std::vector<finding> check(evidence const& all, observations const& seen, micros lease);

} // namespace txq::chaos
