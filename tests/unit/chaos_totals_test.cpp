// What the chaos program makes of the reports of many runs.

#include <support/catch.hpp>

#include <chaos/report.hpp>
#include <chaos/totals.hpp>

using namespace txq::chaos;

namespace {

nlohmann::json run_of(std::uint64_t seed, result const& what) {
    auto run = to_json(what);
    run["seed"] = seed;
    run["seconds"] = 60;
    return run;
}

result well() {
    result what;
    what.jobs = 1200;
    what.handler_runs = 1300;
    what.back_in_s = 2.5;
    what.counts = {{"kills of workers", 20}, {"workers killed by a handler", 5}, {"full disks", 2}};
    what.findings = {{.name = "I1", .what = "every job ends", .checked = 1200},
                     {.name = "I4", .what = "the order", .not_checked = "there is none"}};
    return what;
}

} // namespace

TEST_CASE("the totals of chaos runs are their sum") {
    totals all;
    all.add(run_of(1, well()));
    auto slower = well();
    slower.back_in_s = 7;
    all.add(run_of(2, slower));
    auto const sum = all.json();
    CHECK(sum["jobs"] == 2400);
    CHECK(sum["seeds"] == "1 to 2");
    CHECK(sum["totals"]["kills of programs"]["count"] == 50);
    CHECK(sum["invariants"][0]["checked"] == 2400);
    CHECK(sum["invariants"][1]["not_checked"] == "there is none");
    CHECK(sum["back_in_s"] == nlohmann::json{2.5, 7.0});
    CHECK(all.text().find("until everybody worked again: 2.5 in half of the runs, 7.0 at most") != std::string::npos);
    CHECK_FALSE(all.violated());
    CHECK(all.progress() == "2 runs, 2,400 jobs, 50 kills, 0 failovers, 0 violations");
}

TEST_CASE("a violation in one of many chaos runs is in their totals with its seed") {
    totals all;
    auto bad = well();
    bad.findings[0].violations = {"job 7 is nowhere"};
    all.add(run_of(1, well()));
    all.add(run_of(9, bad));
    CHECK(all.violated());
    CHECK(all.json()["violations"][0] == "seed 9: I1: job 7 is nowhere");
    CHECK(all.text().find("! seed 9: I1: job 7 is nowhere") != std::string::npos);
    CHECK(all.markdown().find("| I1 | 2,400 | 1 |") != std::string::npos);
}

TEST_CASE("a chaos run that came to no end is not passed over in the totals") {
    totals all;
    all.add({{"seed", 3}, {"failed", "came to no end"}});
    CHECK(all.violated());
    CHECK(all.json()["violations"][0] == "seed 3: came to no end");
}

TEST_CASE("a chaos report without its seed is refused") {
    totals all;
    CHECK_THROWS(all.add(to_json(well())));
}
