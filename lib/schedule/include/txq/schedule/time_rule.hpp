#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <variant>
#include <vector>

namespace txq::schedules {

/// Since the midnight at which a day begins, by the clocks of the zone: 0 to 86,399.
using time_of_day = std::chrono::seconds;

/// Every combination of these; none of the three is empty.
struct clock_fields {
    std::bitset<60> seconds;
    std::bitset<60> minutes;
    std::bitset<24> hours;
};

/// These, in order, at least one.
struct clock_times {
    std::vector<time_of_day> times;
};

/// From `offset` on in steps that divide the day, so that each day has the same times.
struct clock_step {
    std::chrono::seconds step;      ///< 1 s to a day
    std::chrono::seconds offset{0}; ///< less than a step
};

/// The times of a day that a schedule has.
using time_rule = std::variant<clock_fields, clock_times, clock_step>;

/// The first time at or after `from` that is left of the day.
std::optional<time_of_day> next_time(time_rule const& rule, time_of_day from);

} // namespace txq::schedules
