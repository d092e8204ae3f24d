#include "decide.hpp"

#include <algorithm>

namespace txq {

namespace {

/// The last ones, at most `limit`.
std::vector<sys_seconds> last_times(schedules::schedule const& what, int limit, sys_seconds base, sys_seconds now) {
    std::vector<sys_seconds> times;
    auto time = schedules::last(what, base, now);
    for (; time && std::ssize(times) < limit; time = schedules::last(what, base, *time - std::chrono::seconds{1}))
        times.push_back(*time);
    std::ranges::reverse(times);
    return times;
}

} // namespace

due_times decide(schedules::schedule const& what, missed_policy missed, sys_seconds base, sys_seconds now) {
    due_times due;
    auto const limit = missed.what == missed_times::all ? missed.limit : 1;
    due.times = last_times(what, limit, base, now);
    if (due.times.empty()) return due;
    due.left_out = schedules::next(what, base) != due.times.front();
    if (missed.what == missed_times::skip && now - due.times.front() > in_time) {
        due.times.clear();
        due.left_out = true;
    }
    return due;
}

} // namespace txq
