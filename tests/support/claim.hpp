#pragma once

#include <string>

#include <txq/detail/pq.hpp>

namespace txq::test {

/// The parameters of claim_jobs for a look at all jobs of the kind "test".
inline pq::params claim_of(long worker, std::string const& queue, int limit, bool suspects = false) {
    return pq::params{worker, queue, "{test}", limit, suspects, "{0,0,0,0}"};
}

} // namespace txq::test
