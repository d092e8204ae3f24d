#include <support/catch.hpp>
#include <support/schedule.hpp>

#include <utility>
#include <vector>

#include <txq/error.hpp>

using namespace txq;
using Catch::Matchers::Contains;

namespace {

std::string meaning(std::string const& text) {
    auto const told = schedules::describe(schedules::parse(text));
    return told.substr(0, told.rfind(", by the clocks of UTC"));
}

std::string problem(std::string const& text) {
    try {
        return "no problem, but: " + meaning(text);
    } catch (error const& refused) {
        CHECK(refused.code() == errc::bad_schedule);
        return refused.what();
    }
}

void check_meanings(std::vector<std::pair<char const*, char const*>> const& table) {
    for (auto const& [text, expected] : table) {
        INFO(text);
        CHECK(meaning(text) == expected);
    }
}

void check_problems(std::vector<std::pair<std::string, std::string>> const& table) {
    for (auto const& [text, expected] : table) CHECK_THAT(problem(text), Contains(expected));
}

} // namespace

TEST_CASE("the five fields of cron mean what they mean to cron") {
    check_meanings({
        {"2 4 * * *", "at 04:02, every day"},
        {"* * * * *", "every minute of every hour, every day"},
        {"*/15 9-17 * * mon-fri", "minutes 0, 15, 30 and 45 of hours 9 to 17, every monday to friday"},
        {"0 0 1,15 * *", "at 00:00, on days 1 and 15 of the month"},
        {"0 0 L * *", "at 00:00, on the last day of the month"},
        {"0 0 1,L feb,Dec *", "at 00:00, on day 1 and the last day of the month in february and december"},
        {"5 0 * * 0", "at 00:05, every sunday"},
        {"5 0 * * 7", "at 00:05, every sunday"},
        {"5 0 * * 0-0", "at 00:05, every sunday"},
        {"5 0 * * sun-sun", "at 00:05, every sunday"},
        {"5 0 * * sun-0/3", "at 00:05, every sunday"},
        {"5 0 * * 0-7", "at 00:05, every day"},
        {"5 0 * * Sat-Sun", "at 00:05, every saturday and sunday"},
        {"5 0 * * 5-7", "at 00:05, every friday to sunday"},
        {"0 0 13 * fri", "at 00:00, on day 13 of the month or on friday"},
        {"0 0 */10 * fri", "at 00:00, on days 1, 11, 21 and 31 of the month if that is a friday"},
        {"0 8-18/5,20 * * *", "at 08:00, 13:00, 18:00 and 20:00, every day"},
        {"\t0  0 *\t* * ", "at 00:00, every day"},
    });
}

TEST_CASE("a sixth field before the others is for seconds") {
    check_meanings({
        {"30 2 4 * * *", "at 04:02:30, every day"},
        {"*/30 * * * * *", "seconds 0 and 30 of every minute of every hour, every day"},
    });
}

TEST_CASE("the names of common schedules are known") {
    check_meanings({
        {"@hourly", "minute 0 of every hour, every day"},
        {"@daily", "at 00:00, every day"},
        {"@midnight", "at 00:00, every day"},
        {"@weekly", "at 00:00, every sunday"},
        {"@Monthly", "at 00:00, on day 1 of the month"},
        {"@yearly", "at 00:00, on day 1 of the month in january"},
        {"@annually", "at 00:00, on day 1 of the month in january"},
    });
}

TEST_CASE("words are understood") {
    check_meanings({
        {"every 30 minutes", "every 30 minutes of the day from 00:00 on, every day"},
        {"every second", "every second of the day from 00:00 on, every day"},
        {"every 90 minutes", "every 90 minutes of the day from 00:00 on, every day"},
        {"every minute at second 20", "every minute of the day from 00:00:20 on, every day"},
        {"every 4 hours at minute 51", "every 4 hours of the day from 00:51 on, every day"},
        {"every hour at minute 50", "every hour of the day from 00:50 on, every day"},
        {"every day at 04:02", "at 04:02, every day"},
        {"EVERY Day AT 9PM", "at 21:00, every day"},
        {"every day at 12am, 12:30 pm and noon", "at 00:00, 12:00 and 12:30, every day"},
        {"every day", "at 00:00, every day"},
        {"every 1 day", "at 00:00, every day"},
        {"every 3 days at 23:59:59", "at 23:59:59, every 3 days, counted from 1970-01-01"},
        {"every monday at 9am", "at 09:00, every monday"},
        {"every tue, thursdays and sat at midnight", "at 00:00, every tuesday, thursday and saturday"},
        {"every weekday at 18:00", "at 18:00, every monday to friday"},
        {"every weekend at 10:00", "at 10:00, every saturday and sunday"},
        {"every week", "at 00:00, every monday"},
        {"every week on friday at 5 pm", "at 17:00, every friday"},
        {"every 2 weeks on sunday", "at 00:00, every 2 weeks on sunday, counted from 1970-01-11"},
        {"every month", "at 00:00, on day 1 of the month"},
        {"every month on day 15 at 06:00", "at 06:00, on day 15 of the month"},
        {"every month on the last day at 23:00", "at 23:00, on the last day of the month"},
    });
}

TEST_CASE("a schedule names its zone or has the one that is meant for it") {
    auto const berlin = schedules::zone{"Europe/Berlin"};
    CHECK(schedules::parse("@daily").where.name() == "UTC");
    CHECK(schedules::parse("@daily", berlin).where.name() == "Europe/Berlin");
    CHECK(schedules::parse("@daily in Asia/Tokyo", berlin).where.name() == "Asia/Tokyo");
    CHECK(schedules::parse("0 4 * * * in Asia/Tokyo").where.name() == "Asia/Tokyo");
    CHECK(schedules::parse("every day at 04:00 in Asia/Tokyo").where.name() == "Asia/Tokyo");
}

TEST_CASE("only a wildcard or a step in the place of the hour goes by what the clocks show") {
    auto const as_shown = [](char const* text) {
        return schedules::parse(text).changes == schedules::at_changes::as_shown;
    };
    for (auto const* text : {"0 * * * *", "0 */2 * * *", "@hourly", "every 30 minutes", "every 12 hours"})
        CHECK(as_shown(text));
    for (auto const* text : {"* 2 * * *", "0 0-23 * * *", "0 0-23/2 * * *", "@daily", "every day", "every monday"})
        CHECK_FALSE(as_shown(text));
}

TEST_CASE("bad fields are pointed at") {
    check_problems({
        {"0 25 * * *", "column 3 of the schedule '0 25 * * *': expected an hour from 0 to 23, but found '25'"},
        {"60 * * * *", "column 1 "},
        {"99999999999999999999 * * * *", "column 1 "},
        {"0 0 0 * *", "column 5 "},
        {"0 0 * 13 *", "column 7 of the schedule '0 0 * 13 *': expected a month, by its name or from 1 to 12"},
        {"0 0 * * 8", "a weekday, by its name or from 0 to 7"},
        {"0 0 * * mo", "found 'mo'"},
        {"0 0 * * L", "found 'L'"},
        {"0 0 1,L-3 * *", "column 7 of the schedule '0 0 1,L-3 * *': L is the last day of the month and stands alone"},
        {"0,,5 * * * *",
         "column 3 of the schedule '0,,5 * * * *': expected a minute from 0 to 59, but there is nothing"},
        {"0, * * * *", "column 3 "},
        {"*/0 * * * *", "column 3 of the schedule '*/0 * * * *': expected a step from 1 to 59"},
        {"*/-1 * * * *", "found '-1'"},
        {"*/99999999999 * * * *", "expected a step"},
        {"5/10 * * * *", "column 1 of the schedule '5/10 * * * *': expected `*` or a range"},
        {"0 0 5-3 * *", "column 5 of the schedule '0 0 5-3 * *': the range '5-3' ends before it begins"},
        {"0 0 * * fri-mon", "ends before it begins"},
        {"0 0 * *", "column 8 of the schedule '0 0 * *': expected five fields"},
        {"0 0 0 * * * *", "column 13 of the schedule '0 0 0 * * * *': expected the end, after six fields"},
        {"1e1 * * * *", "found '1e1'"},
    });
}

TEST_CASE("bad words are pointed at") {
    check_problems({
        {"", "column 1 of the schedule '': expected `every`"},
        {"   ", "but there is nothing"},
        {"now and then", "column 1 "},
        {"@often", "expected @hourly, @daily"},
        {"@daily please", "column 8 "},
        {"every", "column 6 of the schedule 'every': expected a number"},
        {"every now", "column 7 "},
        {"every m\xc3\xb6nday at 9", "found 'm\xc3\xb6nday'"},
        {"every 5 fortnights", "column 9 of the schedule 'every 5 fortnights': expected seconds"},
        {"every 5", "column 8 "},
        {"every 0 minutes", "column 7 of the schedule 'every 0 minutes': expected a number from 1 to 1440"},
        {"every 99999999999 minutes", "expected a number from 1 to 1440, but found '99999999999'"},
        {"every 367 days", "expected a number from 1 to 366"},
        {"every 53 weeks", "expected a number from 1 to 52"},
        {"every 7 minutes", "a day is no multiple of 7 minutes, so the times would shift from day to day; take 6 or 8"},
        {"every 13 hours", "take 12 or 24"},
        {"every hour at 50", "column 15 of the schedule 'every hour at 50': expected `minute` and a number"},
        {"every hour at minute 60", "expected a minute from 0 to 59"},
        {"every day at", "column 13 "},
        {"every day at 9", "expected a time such as 04:02, 9am or noon, but found '9'"},
        {"every day at 25:00", "column 14 of the schedule 'every day at 25:00': expected an hour from 0 to 23"},
        {"every day at 13pm", "expected an hour from 1 to 12"},
        {"every day at 09:60", "column 17 "},
        {"every day at 9am tomorrow", "column 18 of the schedule 'every day at 9am tomorrow': expected the end"},
        {"every monday and noon", "expected a weekday, but found 'noon'"},
        {"every 2 weeks on monday and friday", "takes one weekday only"},
        {"every month on day 32", "a day of the month from 1 to 31"},
        {"every month on the first", "expected `day` and a number"},
    });
}

TEST_CASE("the column counts characters and not bytes") {
    CHECK_THAT(problem("every day at 9am in K\xc3\xb6ln please"), Contains("column 26 "));
}

TEST_CASE("a zone that does not exist is pointed at") {
    check_problems({
        {"every day in Europe/Berln", "column 14 of the schedule 'every day in Europe/Berln': there is no time zone"},
        {"every day in ../../etc/passwd", "there is no time zone"},
        {"every day in localtime", "there is no time zone 'localtime'"},
        {"every day in right/UTC", "there is no time zone 'right/UTC'"},
        {"every day in", "column 13 of the schedule 'every day in': expected a time zone"},
        {"every day in UTC now", "column 18 "},
    });
}

TEST_CASE("a schedule that would never run is refused") {
    check_problems({
        {"0 0 30 2 *", "column 5 of the schedule '0 0 30 2 *': there is no such day in any year"},
        {"0 0 0 31 4,6,9,11 *", "column 7 "},
    });
    CHECK(meaning("0 0 30 2 mon") == "at 00:00, on day 30 of the month or on monday in february");
}

TEST_CASE("what is wrong is shown without the control characters of the text") {
    CHECK_THAT(problem("every \x1b[2Jday"),
               Contains("schedule 'every \\x1b[2Jday'") && Contains("found '\\x1b[2Jday'"));
    CHECK_THAT(problem("every day in A\nB"), Contains("there is no time zone 'A\\x0aB'"));
    CHECK_THAT(problem("jed\xc3\xb6n Tag"), Contains("found 'jed\xc3\xb6n'"));
}

TEST_CASE("a text has an end") {
    CHECK_THAT(problem(std::string(257, '*')), Contains("256 bytes at most, this one 257"));
}

TEST_CASE("the rarest day is found and time ends with the year 2199") {
    auto const rarest = schedules::parse("0 0 29 2 */7");
    CHECK(test::shown(schedules::next(rarest, test::instant("2089-01-01T00:00Z")).value()) == "2128-02-29T00:00:00Z");
    auto const daily = schedules::parse("@daily");
    CHECK(test::shown(schedules::next(daily, test::instant("2199-12-30T00:00Z")).value()) == "2199-12-31T00:00:00Z");
    CHECK_FALSE(schedules::next(daily, test::instant("2199-12-31T00:00Z")).has_value());
    CHECK_FALSE(schedules::next(schedules::parse("every second"), test::instant("2199-12-31T23:59:59Z")).has_value());
}

TEST_CASE("every so many weeks keeps its distance across years") {
    auto const what = schedules::parse("every 2 weeks on friday at noon");
    auto time = schedules::next(what, test::instant("2026-12-01T00:00Z")).value();
    for (auto count = 0; count < 60; ++count) {
        auto const following = schedules::next(what, time).value();
        REQUIRE(following - time == std::chrono::weeks{2});
        time = following;
    }
}
