#pragma once

#include <optional>
#include <string>

#include <txq/detail/pq.hpp>

namespace txq::test {

/// The parameters of claim_jobs for a look at all jobs of the kind "test". `settled`: see there.
inline pq::params claim_of(long worker, std::string const& queue, int limit, bool suspects = false,
                           std::optional<std::string> const& settled = std::nullopt) {
    return pq::params{worker, queue, "{test}", limit, suspects, "{0,0,0,0}", settled};
}

} // namespace txq::test
