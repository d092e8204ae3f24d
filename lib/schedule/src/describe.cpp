#include <txq/schedule/schedule.hpp>

#include "enumeration.hpp"
#include "text.hpp"

namespace txq::schedules {

using namespace std::chrono;

namespace {

std::string two_digits(seconds::rep number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string shown(time_of_day time) {
    auto const parts = hh_mm_ss{time};
    auto const text = two_digits(parts.hours().count()) + ':' + two_digits(parts.minutes().count());
    return parts.seconds() == seconds{0} ? text : text + ':' + two_digits(parts.seconds().count());
}

std::string shown(local_days day) {
    auto const date = year_month_day{day};
    return std::to_string(int{date.year()}) + '-' + two_digits(unsigned{date.month()}) + '-' +
           two_digits(unsigned{date.day()});
}

/// "every minute", "minute 5", "minutes 0, 15 and 40 to 50"
template <std::size_t Size>
std::string counted(std::bitset<Size> const& numbers, std::string const& unit) {
    if (numbers.all()) return "every " + unit;
    auto const plural = numbers.count() > 1 ? "s " : " ";
    return unit + plural + enumerated(numbers, [](int number) { return std::to_string(number); });
}

std::vector<std::string> all_times(time_rule const& rule) {
    std::vector<std::string> found;
    for (auto time = next_time(rule, {}); time; time = next_time(rule, *time + seconds{1}))
        found.push_back(shown(*time));
    return found;
}

std::string describe_times(clock_fields const& rule) {
    constexpr std::size_t few = 6;
    if (rule.seconds.count() * rule.minutes.count() * rule.hours.count() <= few) return "at " + listed(all_times(rule));
    auto const minutes_and_hours = counted(rule.minutes, "minute") + " of " + counted(rule.hours, "hour");
    auto const only_full_minutes = rule.seconds == std::bitset<60>{1};
    return only_full_minutes ? minutes_and_hours : counted(rule.seconds, "second") + " of " + minutes_and_hours;
}

std::string describe_times(clock_times const& rule) { return "at " + listed(all_times(rule)); }

/// "hour", "30 minutes"
std::string length(seconds step) {
    auto const [unit, name] = step % hours{1} == seconds{0}     ? std::pair{seconds{hours{1}}, "hour"}
                              : step % minutes{1} == seconds{0} ? std::pair{seconds{minutes{1}}, "minute"}
                                                                : std::pair{seconds{1}, "second"};
    auto const count = step / unit;
    return count == 1 ? name : std::to_string(count) + ' ' + name + 's';
}

std::string describe_times(clock_step const& rule) {
    return "every " + length(rule.step) + " of the day from " + shown(rule.offset) + " on";
}

std::string weekdays(std::bitset<7> const& found) {
    // people's weeks begin on monday
    auto const from_monday = found >> 1 | (found & std::bitset<7>{1}) << 6;
    return enumerated(from_monday,
                      [](int day) { return std::string{weekday_names[static_cast<std::size_t>(day + 1) % 7]}; });
}

std::string days_of_month(day_rule const& rule) {
    if (rule.days.none()) return "the last day of the month";
    auto const days = enumerated(rule.days, [](int day) { return std::to_string(day); });
    return (rule.days.count() > 1 ? "days " : "day ") + days + (rule.last_day ? " and the last day" : "") +
           " of the month";
}

std::string days_of_step(day_rule const& rule) {
    auto const in_weeks = rule.step % 7 == 0 && !rule.weekdays.all();
    auto const counted_from = ", counted from " + shown(rule.anchor);
    if (!in_weeks) return "every " + std::to_string(rule.step) + " days" + counted_from;
    return "every " + std::to_string(rule.step / 7) + " weeks on " + weekdays(rule.weekdays) + counted_from;
}

std::string days_within_months(day_rule const& rule) {
    if (rule.step > 1) return days_of_step(rule);
    auto const any_of_month = (rule.days | std::bitset<32>{1}).all();
    auto const any_of_week = rule.weekdays.all();
    if (rule.either) return "on " + days_of_month(rule) + " or on " + weekdays(rule.weekdays);
    if (any_of_month && any_of_week) return "every day";
    if (any_of_month) return "every " + weekdays(rule.weekdays);
    if (any_of_week) return "on " + days_of_month(rule);
    return "on " + days_of_month(rule) + " if that is a " + weekdays(rule.weekdays);
}

std::string describe_days(day_rule const& rule) {
    if ((rule.months | std::bitset<13>{1}).all()) return days_within_months(rule);
    return days_within_months(rule) + " in " + enumerated(rule.months, [](int month) {
               return std::string{month_names[static_cast<std::size_t>(month - 1)]};
           });
}

} // namespace

std::string describe(schedule const& what) {
    auto const times = std::visit([](auto const& rule) { return describe_times(rule); }, what.times);
    return times + ", " + describe_days(what.days) + ", by the clocks of " + what.where.name();
}

std::string describe(at_changes changes) {
    if (changes == at_changes::once_each)
        return "a time that the clocks skip runs once, at the change; one that they show twice runs the first time";
    return "it goes by what the clocks show: what they skip is not made up for, what they show twice runs twice";
}

} // namespace txq::schedules
