#include <txq/schedule/schedule.hpp>

namespace txq::schedules {

using namespace std::chrono;

namespace {

constexpr auto last_day = local_days{year{2199} / December / 31};

/// The first time at or after `from` that the rules name, whatever the clocks are changed to.
std::optional<local_seconds> next_named(schedule const& what, local_seconds from) {
    auto const today = floor<days>(from);
    if (today > last_day) return {};
    if (matches(what.days, today))
        if (auto const time = next_time(what.times, from - today)) return today + *time;
    auto const day = next_day(what.days, today + days{1});
    if (!day || *day > last_day) return {};
    return *day + *next_time(what.times, time_of_day{0});
}

std::optional<sys_seconds> next_once_each(schedule const& what, sys_seconds after) {
    auto named = next_named(what, what.where.local(after) + seconds{1});
    for (; named; named = next_named(what, *named + seconds{1})) {
        auto const time = what.where.first(*named);
        if (time > after) return time; // or else it was before the clocks were put back
    }
    return {};
}

/// Goes from one change of the clocks to the next, between which local time is a matter of addition.
std::optional<sys_seconds> next_as_shown(schedule const& what, sys_seconds after) {
    for (auto from = after + seconds{1};;) {
        auto const period = what.where.at(from);
        auto const shown = next_named(what, local_seconds{from.time_since_epoch() + period.offset});
        if (!shown) return {};
        auto const time = sys_seconds{shown->time_since_epoch() - period.offset};
        if (time < period.end) return time;
        from = period.end;
    }
}

} // namespace

std::optional<sys_seconds> next(schedule const& what, sys_seconds after) {
    return what.changes == at_changes::once_each ? next_once_each(what, after) : next_as_shown(what, after);
}

std::optional<sys_seconds> last(schedule const& what, sys_seconds after, sys_seconds through) {
    auto found = next(what, after);
    if (!found || *found > through) return {};
    for (auto end = through; *found < end;) {
        auto const middle = *found + (end - *found) / 2;
        auto const later = next(what, middle);
        if (later && *later <= through)
            found = later;
        else
            end = middle; // there is none beyond
    }
    return found;
}

} // namespace txq::schedules
