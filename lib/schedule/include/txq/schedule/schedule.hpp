#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <txq/schedule/day_rule.hpp>
#include <txq/schedule/time_rule.hpp>
#include <txq/schedule/zone.hpp>

namespace txq::schedules {

/// Which times a schedule has when the clocks of its zone are changed.
enum class at_changes {
    /// For schedules that name their hours: what spring skips is made up for, once, at the change; of what autumn
    /// repeats the first counts.
    once_each,
    /// For schedules whose hour is a wildcard or a step: whatever the clocks show. Nothing is made up for in spring,
    /// and both of the repeated hours count.
    as_shown,
};

/// Times that recur: pure values, without a clock or a database.
struct schedule {
    day_rule days;
    time_rule times;
    at_changes changes = at_changes::once_each;
    zone where;
};

/// What can be written is in docs/schedules.md. `fallback` is the zone of a text that names none. Throws
/// errc::bad_schedule, which says at which column what was expected. The result has at least one time.
schedule parse(std::string_view text, zone const& fallback = {});

/// The first time after `after`; none from the year 2200 on.
std::optional<sys_seconds> next(schedule const& what, sys_seconds after);
/// The last time after `after` and not after `through`, found without going through those between.
std::optional<sys_seconds> last(schedule const& what, sys_seconds after, sys_seconds through);

/// What was understood, as a sentence for people: the times, the days and the zone.
std::string describe(schedule const& what);
/// What becomes of it when the clocks are changed.
std::string describe(at_changes changes);

} // namespace txq::schedules
