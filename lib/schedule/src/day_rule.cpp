#include <txq/schedule/day_rule.hpp>

namespace txq::schedules {

using namespace std::chrono;

namespace {

bool is_last_of_month(year_month_day date) { return date.day() == (date.year() / date.month() / last).day(); }

bool matches_step(day_rule const& rule, local_days day) { return (day - rule.anchor).count() % rule.step == 0; }

} // namespace

bool matches(day_rule const& rule, local_days day) {
    auto const date = year_month_day{day};
    if (!rule.months[unsigned{date.month()}] || !matches_step(rule, day)) return false;
    auto const of_month = rule.days[unsigned{date.day()}] || (rule.last_day && is_last_of_month(date));
    auto const of_week = rule.weekdays[weekday{day}.c_encoding()];
    return rule.either ? of_month || of_week : of_month && of_week;
}

std::optional<local_days> next_day(day_rule const& rule, local_days from) {
    auto const end = from + ceil<days>(longest_gap);
    for (auto day = from; day < end; day += days{1})
        if (matches(rule, day)) return day;
    return {};
}

} // namespace txq::schedules
