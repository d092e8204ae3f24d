#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <txq/schedule/schedule.hpp>

namespace txq::schedules {

/// A schedule as it is kept, and how far it has come.
struct kept {
    std::string_view times;
    std::string_view zone;
    bool paused = false;
    /// Of missed times, those of more than a minute are left out.
    bool skips = false;
    sys_seconds base; ///< nothing is to come up to here
    sys_seconds now;
};

struct coming {
    /// Its first time that nobody has decided on yet; none if it is paused, has no more times, or has a problem.
    std::optional<sys_seconds> next{};
    /// Why its times cannot be understood; empty: they can.
    std::string problem{};
};

coming coming_of(kept const& one);

} // namespace txq::schedules
