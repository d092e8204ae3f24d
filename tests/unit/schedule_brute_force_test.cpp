// Schedules against a walk through every minute of years, which shares nothing with the product but the zone's offsets.

#include <support/catch.hpp>
#include <support/schedule.hpp>

#include <random>
#include <vector>

using namespace txq;
using namespace std::chrono;

namespace {

struct minute_of_history {
    sys_seconds time;
    std::int64_t shown; ///< by the zone's clocks, in minutes since 1970
};

/// A cron text, and what it is to mean.
struct expectation {
    std::string text;
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days;
    std::bitset<13> months;
    std::bitset<7> weekdays;
    bool last_day = false;
    bool either_day = false;
    bool any_hour = false;
};

std::vector<minute_of_history> history(std::string const& zone, char const* begin, char const* end) {
    auto const where = schedules::zone{zone};
    std::vector<minute_of_history> all;
    auto period = where.at(test::instant(begin));
    auto const last = test::instant(end);
    for (auto time = test::instant(begin); time < last; time += minutes{1}) {
        if (time >= period.end) period = where.at(time);
        all.push_back({time, floor<minutes>((time + period.offset).time_since_epoch()).count()});
    }
    return all;
}

bool wants_day(expectation const& expected, local_days day) {
    auto const date = year_month_day{day};
    auto const is_last = year_month_day{day + days{1}}.month() != date.month();
    auto const of_month = expected.days[unsigned{date.day()}] || (expected.last_day && is_last);
    auto const of_week = expected.weekdays[weekday{day}.c_encoding()];
    if (!expected.months[unsigned{date.month()}]) return false;
    return expected.either_day ? of_month || of_week : of_month && of_week;
}

bool wants(expectation const& expected, std::int64_t shown) {
    auto const of_day = static_cast<std::size_t>(shown % 1440);
    return expected.minutes[of_day % 60] && expected.hours[of_day / 60] &&
           wants_day(expected, local_days{days{shown / 1440}});
}

/// Whether one of the minutes that were skipped since `before` is wanted.
bool wants_skipped(expectation const& expected, std::int64_t before, std::int64_t shown) {
    for (auto skipped = before + 1; skipped < shown; ++skipped)
        if (wants(expected, skipped)) return true;
    return false;
}

std::vector<sys_seconds> walk(expectation const& expected, std::vector<minute_of_history> const& all) {
    std::vector<sys_seconds> found;
    auto highest = all.front().shown - 1;
    for (auto const& [time, shown] : all) {
        auto const is_new = shown > highest;
        auto const due = expected.any_hour
                             ? wants(expected, shown)
                             : is_new && (wants(expected, shown) || wants_skipped(expected, highest, shown));
        if (due) found.push_back(time);
        highest = std::max(highest, shown);
    }
    return found;
}

std::vector<sys_seconds> computed(schedules::schedule const& what, sys_seconds begin, sys_seconds end) {
    std::vector<sys_seconds> found;
    for (auto time = schedules::next(what, begin - seconds{1}); time && *time < end;
         time = schedules::next(what, *time))
        found.push_back(*time);
    return found;
}

/// Where they part, or nothing.
std::string difference(std::vector<sys_seconds> const& left, std::vector<sys_seconds> const& right) {
    auto const [one, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    auto const told = [](auto at, auto end) { return at == end ? "nothing" : test::shown(*at); };
    if (one == left.end() && other == right.end()) return "";
    return "computed " + told(one, left.end()) + ", walked to " + told(other, right.end());
}

void compare(expectation const& expected, std::string const& zone, std::vector<minute_of_history> const& all) {
    INFO(expected.text << " in " << zone);
    auto const what = schedules::parse(expected.text, schedules::zone{zone});
    auto const times = computed(what, all.front().time, all.back().time + minutes{1});
    CHECK(difference(times, walk(expected, all)) == "");
}

constexpr char const* zones[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"};

template <std::size_t Size>
std::bitset<Size> range(std::size_t first, std::size_t last, std::size_t step = 1) {
    std::bitset<Size> found;
    for (auto number = first; number <= last; number += step) found.set(number);
    return found;
}

expectation every_day(std::string const& text, std::bitset<60> minutes, std::bitset<24> hours, bool any_hour) {
    expectation expected;
    expected.text = text;
    expected.minutes = minutes;
    expected.hours = hours;
    expected.days = range<32>(1, 31);
    expected.months = range<13>(1, 12);
    expected.weekdays = range<7>(0, 6);
    expected.any_hour = any_hour;
    return expected;
}

/// Writes random fields and notes what they are to mean.
class author {
  public:
    explicit author(unsigned seed) : random_{seed} {}

    expectation write() {
        expectation expected;
        auto const minute = field(expected.minutes, 0, 59);
        auto const hour = field(expected.hours, 0, 23);
        auto day = field(expected.days, 1, 31);
        if (one_in(5)) {
            expected.days.reset();
            expected.last_day = true;
            day = "L";
        }
        auto const month = one_in(3) ? field(expected.months, 1, 12) : all(expected.months, 1, 12);
        auto const weekday = field(expected.weekdays, 0, 6);
        expected.any_hour = hour[0] == '*';
        expected.either_day = day[0] != '*' && weekday[0] != '*';
        expected.text = minute + ' ' + hour + ' ' + day + ' ' + month + ' ' + weekday;
        return expected;
    }

  private:
    std::size_t number(std::size_t lowest, std::size_t highest) {
        return std::uniform_int_distribution<std::size_t>{lowest, highest}(random_);
    }
    bool one_in(std::size_t chances) { return number(1, chances) == 1; }

    template <std::size_t Size>
    std::string all(std::bitset<Size>& to, std::size_t lowest, std::size_t highest) {
        to = range<Size>(lowest, highest);
        return "*";
    }

    template <std::size_t Size>
    std::string field(std::bitset<Size>& to, std::size_t lowest, std::size_t highest) {
        if (one_in(4)) return all(to, lowest, highest);
        if (one_in(4)) {
            auto const step = number(1, highest - lowest);
            to = range<Size>(lowest, highest, step);
            return "*/" + std::to_string(step);
        }
        auto text = element(to, lowest, highest);
        while (one_in(2)) text += ',' + element(to, lowest, highest);
        return text;
    }

    template <std::size_t Size>
    std::string element(std::bitset<Size>& to, std::size_t lowest, std::size_t highest) {
        auto const first = number(lowest, highest);
        auto const last = one_in(2) ? first : number(first, highest);
        to |= range<Size>(first, last);
        return first == last ? std::to_string(first) : std::to_string(first) + '-' + std::to_string(last);
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("schedules have the times that a walk through every minute of years finds") {
    std::vector<expectation> const schedules{
        every_day("* * * * *", range<60>(0, 59), range<24>(0, 23), true),
        every_day("every 30 minutes", range<60>(0, 59, 30), range<24>(0, 23), true),
        every_day("every 4 hours at minute 51", range<60>(51, 51), range<24>(0, 23, 4), true),
        every_day("every day at 02:15", range<60>(15, 15), range<24>(2, 2), false),
        every_day("every day at 01:45", range<60>(45, 45), range<24>(1, 1), false),
        every_day("*/20 1-3 * * *", range<60>(0, 59, 20), range<24>(1, 3), false),
        every_day("7 */2 * * *", range<60>(7, 7), range<24>(0, 23, 2), true),
    };
    for (auto const* zone : zones) {
        auto const all = history(zone, "2024-12-31T00:00Z", "2027-01-02T00:00Z");
        for (auto const& one : schedules) compare(one, zone, all);
    }
}

TEST_CASE("random schedules have the times that a walk through every minute of a year finds") {
    auto const seed = std::random_device{}();
    INFO("seed " << seed);
    author random{seed};
    for (auto const* zone : zones) {
        auto const all = history(zone, "2027-12-31T00:00Z", "2029-01-02T00:00Z");
        for (auto count = 0; count < 10; ++count) {
            auto const expected = random.write();
            try {
                compare(expected, zone, all);
            } catch (std::runtime_error const& never) {
                INFO(expected.text << ": " << never.what());
                CHECK(walk(expected, all).empty()); // of which there may be: 31 in a shorter month
            }
        }
    }
}
