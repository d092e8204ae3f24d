#include <support/catch.hpp>
#include <support/command.hpp>

using Catch::Matchers::Contains;
using txq::test::run_txq;

TEST_CASE("schedule explain says what a text means and shows its times in the zone and in UTC") {
    auto const told = run_txq({"schedule", "explain", "30 2 * * *", "--zone", "Europe/Berlin", "--from", "2026-03-28"});
    INFO(told.err);
    CHECK(told.status == 0);
    CHECK_THAT(told.out, Contains("at 02:30, every day, by the clocks of Europe/Berlin\n"));
    CHECK_THAT(told.out, Contains("Europe/Berlin              UTC\n"
                                  "2026-03-28 02:30:00  CET   2026-03-28 01:30:00\n"
                                  "2026-03-29 03:00:00  CEST  2026-03-29 01:00:00\n"));
}

TEST_CASE("schedule explain writes ten times for programs") {
    auto const told =
        run_txq({"schedule", "explain", "every hour in America/New_York", "--json", "--from", "2026-11-01T05:00:00Z"});
    auto const document = told.json();
    CHECK(document["zone"] == "America/New_York");
    CHECK(document["at_changes"] == "as_shown");
    REQUIRE(document["times"].size() == 10);
    CHECK(document["times"][0]["local"] == "2026-11-01T01:00:00-04:00");
    CHECK(document["times"][1]["local"] == "2026-11-01T01:00:00-05:00");
    CHECK(document["times"][1]["utc"] == "2026-11-01T06:00:00Z");
}

TEST_CASE("schedule explain says so where no times are left") {
    auto const late = run_txq({"schedule", "explain", "every day at 12:00", "--from", "2199-12-31T13:00:00Z"});
    CHECK(late.status == 0);
    CHECK_THAT(late.out, Contains("no times from then on"));
}

TEST_CASE("schedule explain refuses what it cannot understand with exit status 2") {
    CHECK(run_txq({"schedule", "explain"}).status == 2);
    CHECK(run_txq({"schedule", "explain", "every 7 minutes"}).status == 2);
    CHECK(run_txq({"schedule", "explain", "@daily", "--zone", "Europe/Berln"}).status == 2);
    for (auto const* from : {"tomorrow", "2026-02-30", "2026-01-01T24:00", "1969-12-31", "2200-01-01", "2026-01-01 "})
        CHECK_THAT(run_txq({"schedule", "explain", "@daily", "--from", from}).err, Contains("not a point in time"));
}
