// Which of a schedule's times are to be run, as a story of points in time.

#include <support/catch.hpp>
#include <support/schedule.hpp>

#include <random>

#include <scheduler/src/decide.hpp>

using namespace txq;
using namespace std::chrono_literals;
using test::instant;

namespace {

constexpr missed_policy skip{missed_times::skip, 100};
constexpr missed_policy once{missed_times::once, 100};
constexpr missed_policy all_of_three{missed_times::all, 3};

std::string decided(std::string const& text, missed_policy missed, std::string const& base, std::string const& now) {
    auto const due = decide(schedules::parse(text), missed, instant(base), instant(now));
    std::string told;
    for (auto const time : due.times) told += test::shown(time) + ' ';
    return told + (due.left_out ? "(others left out)" : "");
}

constexpr auto hourly = "every hour";

} // namespace

TEST_CASE("before its next time a schedule has nothing to run") {
    for (auto const missed : {skip, once, all_of_three})
        CHECK(decided(hourly, missed, "2026-01-31T09:00:00Z", "2026-01-31T09:59:59Z").empty());
}

TEST_CASE("a time is run when it has come whatever the policy") {
    for (auto const missed : {skip, once, all_of_three})
        CHECK(decided(hourly, missed, "2026-01-31T09:00:00Z", "2026-01-31T10:00:00Z") == "2026-01-31T10:00:00Z ");
}

TEST_CASE("a worker that comes back within a minute leaves nothing out") {
    CHECK(decided(hourly, skip, "2026-01-31T09:00:00Z", "2026-01-31T10:01:00Z") == "2026-01-31T10:00:00Z ");
    CHECK(decided(hourly, skip, "2026-01-31T09:00:00Z", "2026-01-31T10:01:01Z") == "(others left out)");
}

TEST_CASE("of missed times the last one is made up for however late") {
    CHECK(decided(hourly, once, "2026-01-01T09:00:00Z", "2026-01-31T10:59:59Z") ==
          "2026-01-31T10:00:00Z (others left out)");
}

TEST_CASE("all missed times are made up for in order and up to the bound") {
    CHECK(decided(hourly, all_of_three, "2026-01-31T07:00:00Z", "2026-01-31T09:30:00Z") ==
          "2026-01-31T08:00:00Z 2026-01-31T09:00:00Z ");
    CHECK(decided(hourly, all_of_three, "2026-01-31T00:00:00Z", "2026-01-31T09:30:00Z") ==
          "2026-01-31T07:00:00Z 2026-01-31T08:00:00Z 2026-01-31T09:00:00Z (others left out)");
}

TEST_CASE("many years of seconds that were missed are no work") {
    auto const begun = std::chrono::steady_clock::now();
    CHECK(decided("every second", {missed_times::all, 1000}, "1970-01-01T00:00:00Z", "2026-01-31T00:00:00Z").size() ==
          1000 * 21 + 17);
    CHECK(decided("* * 3 * * *", once, "1970-01-01T00:00:00Z", "2026-01-31T02:00:00Z") ==
          "2026-01-30T03:59:59Z (others left out)");
    CHECK(decided("0 0 29 2 *", once, "1970-01-01T00:00:00Z", "2026-01-31T02:00:00Z") ==
          "2024-02-29T00:00:00Z (others left out)");
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
}

TEST_CASE("a run is late by the zone's clocks also where these are changed") {
    CHECK(decided("30 2 * * * in Europe/Berlin", once, "2026-03-28T01:30:00Z", "2026-03-29T00:59:59Z").empty());
    CHECK(decided("30 2 * * * in Europe/Berlin", once, "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z") ==
          "2026-03-29T01:00:00Z ");
    CHECK(decided("30 2 * * * in Europe/Berlin", once, "2026-10-25T00:30:00Z", "2026-10-25T23:00:00Z").empty());
}

TEST_CASE("the last time before another is the one that a walk comes to") {
    std::minstd_rand random{7};
    for (auto const* text : {"30 2 * * * in Europe/Berlin", "*/20 2 * * * in Europe/Berlin",
                             "0 */2 * * * in Australia/Lord_Howe", "every monday at 9am in America/New_York"}) {
        auto const what = schedules::parse(text);
        for (auto round = 0; round < 50; ++round) {
            auto const from = instant("2026-01-01") + std::chrono::minutes{random() % (365 * 24 * 60)};
            auto const through = from + std::chrono::minutes{random() % (30 * 24 * 60)};
            std::optional<std::chrono::sys_seconds> walked;
            for (auto time = schedules::next(what, from); time && *time <= through; time = schedules::next(what, *time))
                walked = time;
            INFO(text << " from " << test::shown(from) << " through " << test::shown(through));
            CHECK(schedules::last(what, from, through) == walked);
        }
    }
}
