// Schedules, in cron's fields and in words. The first line is a time from which on it runs, the second one its text.

#include <txq/cli/schedule_from.hpp>
#include <txq/error.hpp>
#include <txq/schedule/schedule.hpp>

#include "fuzz.hpp"

using namespace txq;
using namespace std::chrono;

namespace {

sys_seconds from(std::string_view text) try { return cli::parse_from(std::string{text}, {}); } catch (error const&) {
    return sys_days{year{2026} / March / 28};
}

void check_times(schedules::schedule const& what, sys_seconds const start, std::string_view text) {
    auto now = start;
    for (int i = 0; i < 12; ++i) {
        auto const next = schedules::next(what, now);
        if (!next) break;
        fuzz::require(*next > now, "the next time is after now", text);
        fuzz::require(schedules::next(what, *next - seconds{1}) == next, "no time is passed over", text);
        now = *next;
    }
    if (now == start) return;
    fuzz::require(schedules::last(what, start, now) == now, "the last time is found without the others", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto text = fuzz::text_of(data, size);
    auto const start = from(fuzz::take_line(text));
    try {
        auto const what = schedules::parse(text);
        fuzz::require(!schedules::describe(what).empty(), "every schedule can be told to people", text);
        fuzz::require(schedules::next(what, sys_days{year{1970} / January / 1}).has_value(),
                      "every schedule has a time", text);
        check_times(what, start, text);
    } catch (error const& wrong) {
        fuzz::require(wrong.code() == errc::bad_schedule, "a schedule is refused in one way", wrong.what());
    }
    return 0;
}
