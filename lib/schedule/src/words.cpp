#include "sentence.hpp"
#include "words_time.hpp"

namespace txq::schedules {

using namespace std::chrono;

namespace {

constexpr int most_days = 366;
constexpr int most_weeks = 52;
constexpr local_days a_monday{days{4}}; // 5 January 1970

struct unit {
    std::string_view name;
    seconds length;
    std::string_view detail; ///< what `at` may be followed by, as in `every hour at minute 50`
    seconds detail_length;
};

constexpr unit units[] = {
    {"second", seconds{1}, "", seconds{0}},
    {"minute", minutes{1}, "second", seconds{1}},
    {"hour", hours{1}, "minute", minutes{1}},
};

/// The next number from `count` on, in a direction, of which a day has a whole multiple; within 1 to `most`.
int divisor_near(int count, int most, int direction) {
    while (count > 1 && count < most && most % count != 0) count += direction;
    return count;
}

void check_divides_day(text const& whole, std::string_view part, int count, unit const& one) {
    auto const most = static_cast<int>(days{1} / one.length);
    if (most % count == 0) return;
    whole.refuse(part, "a day is no multiple of " + std::to_string(count) + ' ' + std::string{one.name} +
                           "s, so the times would shift from day to day; take " +
                           std::to_string(divisor_near(count, most, -1)) + " or " +
                           std::to_string(divisor_near(count, most, +1)));
}

bool is_number(std::string_view word) { return !word.empty() && word[0] >= '0' && word[0] <= '9'; }

seconds read_detail(sentence& rest, unit const& one) {
    if (one.detail.empty() || !rest.take_if("at")) return seconds{0};
    if (!rest.take_if(one.detail)) rest.reject("`" + std::string{one.detail} + "` and a number");
    auto const detail = std::string{one.detail};
    return rest.whole().number(rest.take(), 0, 59, "a " + detail) * one.detail_length;
}

schedule read_step(sentence& rest, int count, unit const& one) {
    auto const step = count * one.length;
    return {{}, clock_step{step, read_detail(rest, one)}, at_changes::as_shown, {}};
}

clock_times read_at(sentence& rest) { return rest.take_if("at") ? read_times(rest) : clock_times{{time_of_day{0}}}; }

/// `weekday` and `weekend` are some of them.
std::bitset<7> weekdays_of(std::string_view word) {
    constexpr auto monday_to_friday = 0b0111110, saturday_and_sunday = 0b1000001;
    if (same(word, "weekday") || same(word, "weekdays")) return monday_to_friday;
    if (same(word, "weekend") || same(word, "weekends")) return saturday_and_sunday;
    auto place = place_of(word, weekday_names);
    if (!place && word.ends_with('s')) place = place_of(word.substr(0, word.size() - 1), weekday_names);
    return place ? std::bitset<7>{1ULL << *place} : std::bitset<7>{};
}

std::bitset<7> read_weekdays(sentence& rest) {
    std::bitset<7> found;
    do {
        auto const one = weekdays_of(rest.peek());
        if (one.none()) rest.reject("a weekday");
        found |= one;
        rest.take();
    } while (rest.take_if("and") || weekdays_of(rest.peek()).any());
    return found;
}

schedule read_days(sentence& rest, int count) {
    day_rule rule;
    rule.step = count;
    return {rule, read_at(rest), at_changes::once_each, {}};
}

/// On mondays, unless a weekday is given. Every so many weeks is counted from the one of 5 January 1970.
schedule read_weeks(sentence& rest, int count) {
    day_rule rule;
    rule.weekdays = weekdays_of("monday");
    auto const place = rest.peek();
    if (rest.take_if("on")) rule.weekdays = read_weekdays(rest);
    if (count > 1) {
        if (rule.weekdays.count() > 1) rest.whole().refuse(place, "every so many weeks takes one weekday only");
        rule.step = 7 * count;
        rule.anchor = a_monday + days{(next_day({.weekdays = rule.weekdays}, a_monday).value() - a_monday)};
    }
    return {rule, read_at(rest), at_changes::once_each, {}};
}

/// `on day 15`, `on the last day`
void read_day_of_month(sentence& rest, day_rule& rule) {
    rule.days.reset();
    rest.take_if("the");
    if (rest.take_if("last")) {
        if (!rest.take_if("day")) rest.reject("`day`");
        rule.last_day = true;
        return;
    }
    if (!rest.take_if("day")) rest.reject("`day` and a number, or `the last day`");
    rule.days.set(static_cast<std::size_t>(rest.whole().number(rest.take(), 1, 31, "a day of the month")));
}

schedule read_months(sentence& rest) {
    day_rule rule;
    rule.days = 1U << 1;
    if (rest.take_if("on")) read_day_of_month(rest, rule);
    return {rule, read_at(rest), at_changes::once_each, {}};
}

schedule read_named_weekdays(sentence& rest) {
    constexpr char expected[] = "a number, or second, minute, hour, day, week, month or a weekday";
    if (weekdays_of(rest.peek()).none()) rest.reject(expected);
    day_rule rule;
    rule.weekdays = read_weekdays(rest);
    return {rule, read_at(rest), at_changes::once_each, {}};
}

schedule read_one(sentence& rest) {
    for (auto const& one : units)
        if (rest.take_if(one.name)) return read_step(rest, 1, one);
    if (rest.take_if("day")) return read_days(rest, 1);
    if (rest.take_if("week")) return read_weeks(rest, 1);
    if (rest.take_if("month")) return read_months(rest);
    return read_named_weekdays(rest);
}

schedule read_many(sentence& rest) {
    auto const number = rest.take();
    auto const& whole = rest.whole();
    for (auto const& one : units) {
        if (!rest.take_if_unit(one.name)) continue;
        auto const most = static_cast<int>(days{1} / one.length);
        auto const count = whole.number(number, 1, most, "a number");
        check_divides_day(whole, number, count, one);
        return read_step(rest, count, one);
    }
    if (rest.take_if_unit("day")) return read_days(rest, whole.number(number, 1, most_days, "a number"));
    if (rest.take_if_unit("week")) return read_weeks(rest, whole.number(number, 1, most_weeks, "a number"));
    rest.reject("seconds, minutes, hours, days or weeks");
}

/// In words a comma is as good as a blank.
std::vector<std::string_view> without_commas(words given) {
    std::vector<std::string_view> found;
    for (auto const word : given)
        for (auto const part : text{word}.words(",")) found.push_back(part);
    return found;
}

} // namespace

schedule read_words(text const& whole, words given) {
    auto const parts = without_commas(given);
    sentence rest{whole, parts};
    auto const what = is_number(rest.peek()) ? read_many(rest) : read_one(rest);
    if (!rest.empty()) rest.reject("the end or `in ZONE`");
    return what;
}

} // namespace txq::schedules
