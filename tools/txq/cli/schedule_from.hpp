#pragma once

#include <chrono>
#include <string>

#include <txq/schedule/zone.hpp>

namespace txq::cli {

/// `2026-03-29`, `2026-03-29 01:30[:00]`, with a blank or a T, by the clocks of the zone, or of UTC if a Z follows.
/// Years 1970 to 2199. Throws errc::bad_time.
std::chrono::sys_seconds parse_from(std::string const& text, schedules::zone const& where);

} // namespace txq::cli
