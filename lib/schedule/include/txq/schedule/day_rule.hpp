#pragma once

#include <bitset>
#include <chrono>
#include <optional>

namespace txq::schedules {

/// The days on which a schedule has times. As it is made: all of them.
struct day_rule {
    std::bitset<13> months = 0x1ffe;     ///< 1 to 12
    std::bitset<32> days = 0xffff'fffe;  ///< of the month, 1 to 31
    bool last_day = false;               ///< of the month, as well
    std::bitset<7> weekdays = 0x7f;      ///< from 0, sunday
    bool either = false;                 ///< the day of the month or the weekday is enough, as in cron
    int step = 1;                        ///< every so many days ...
    std::chrono::local_days anchor = {}; ///< ... of which this is one
};

/// No two days of any rule are further apart than 40 years, which is what 29 February and a weekday take around 2100.
inline constexpr std::chrono::years longest_gap{41};

bool matches(day_rule const& rule, std::chrono::local_days day);
/// The first day of it at or after `from`; none if it has none at all.
std::optional<std::chrono::local_days> next_day(day_rule const& rule, std::chrono::local_days from);

} // namespace txq::schedules
