// Which run one process starts when, and what it makes of what it is told.

#include <support/catch.hpp>
#include <support/schedule.hpp>

#include <scheduler/src/agenda.hpp>

using namespace txq;
using test::instant;

namespace {

constexpr auto base = "2026-01-31T09:00:00Z";

agenda::entry entry(std::string const& name, std::string const& times, missed_times missed = missed_times::once,
                    std::string const& version = "1") {
    return {name, version, schedules::parse(times), {missed, 10}, instant(base)};
}

struct story {
    /// What is due at a time of that day, such as "a@09:10".
    std::string at(std::string const& time) {
        went_back = plan.on_time(instant("2026-01-31T" + time + ":00Z"));
        std::string told;
        left_out.clear();
        runs = plan.due(100, left_out);
        for (auto const& run : runs) told += (told.empty() ? "" : " ") + run.name + '@' + test::clock_of(run.time);
        return told;
    }

    void all_are(agenda::outcome outcome) {
        std::vector<agenda::result> results;
        for (auto const& run : runs) results.push_back({run.name, run.time, outcome});
        plan.on_results(results);
    }

    std::string next() const { return plan.next() ? test::clock_of(*plan.next()) : "never"; }

    agenda plan;
    std::vector<agenda::run> runs;
    std::vector<std::string> left_out;
    bool went_back = false;
};

} // namespace

TEST_CASE("an agenda without schedules waits for nothing") {
    story one;
    CHECK(one.at("09:00").empty());
    CHECK(one.next() == "never");
}

TEST_CASE("runs are due one after the other in the order of their times") {
    story one;
    one.at("09:00");
    one.plan.put(entry("hourly", "every hour"));
    one.plan.put(entry("often", "every 10 minutes"));
    CHECK(one.next() == "09:10");
    CHECK(one.at("09:10") == "often@09:10");
    one.all_are(agenda::outcome::done);
    CHECK(one.at("09:10").empty());
    CHECK(one.next() == "09:20");
    CHECK(one.at("10:00") == "often@10:00 hourly@10:00");
    one.all_are(agenda::outcome::done);
    CHECK(one.next() == "10:10");
}

TEST_CASE("a run that nobody has answered for is due again") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes"));
    CHECK(one.at("09:10") == "a@09:10");
    CHECK(one.at("09:10") == "a@09:10");
}

TEST_CASE("a schedule that is locked is tried again a little later with all of its times") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes", missed_times::all));
    CHECK(one.at("09:20") == "a@09:10 a@09:20");
    one.plan.on_results(
        {{"a", one.runs[0].time, agenda::outcome::locked}, {"a", one.runs[1].time, agenda::outcome::done}});
    CHECK(one.at("09:20").empty());
    CHECK(one.plan.next() == instant("2026-01-31T09:20:01Z"));
    CHECK(one.at("09:21") == "a@09:10 a@09:20");
}

TEST_CASE("a schedule that is not what it was is forgotten until it is put again") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes"));
    CHECK(one.at("09:10") == "a@09:10");
    one.all_are(agenda::outcome::gone);
    CHECK(one.next() == "never");
    one.plan.put(entry("a", "every 20 minutes", missed_times::once, "2"));
    CHECK(one.next() == "09:20");
}

TEST_CASE("what is put again in the same version keeps what is known of it") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes"));
    one.at("09:10");
    one.all_are(agenda::outcome::done);
    one.plan.put(entry("a", "every 10 minutes"));
    CHECK(one.next() == "09:20");
}

TEST_CASE("other times of a schedule replay nothing of the past") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every hour"));
    one.at("11:30");
    one.all_are(agenda::outcome::done);
    auto changed = entry("a", "every minute", missed_times::all, "2");
    changed.base = instant("2026-01-31T11:30:00Z"); // as the database says: since it was changed
    one.plan.put(changed);
    CHECK(one.at("11:30").empty());
    CHECK(one.at("11:31") == "a@11:31");
}

TEST_CASE("a schedule that was removed or paused has nothing due") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes"));
    one.plan.remove("a");
    one.plan.remove("a");
    CHECK(one.at("10:00").empty());
    CHECK(one.plan.size() == 0);
}

TEST_CASE("missed times that are not made up for are named once") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every hour", missed_times::skip));
    CHECK(one.at("11:30").empty());
    CHECK(one.left_out == std::vector<std::string>{"a"});
    CHECK(one.at("11:30").empty());
    CHECK(one.left_out.empty());
    CHECK(one.next() == "12:00");
}

TEST_CASE("due runs come in parts") {
    story one;
    one.at("09:00");
    for (auto const* name : {"a", "b", "c"}) one.plan.put(entry(name, "every hour"));
    one.plan.on_time(instant("2026-01-31T10:00:00Z"));
    std::vector<std::string> left_out;
    CHECK(one.plan.due(2, left_out).size() == 2);
}

TEST_CASE("a clock that goes back by more than a second makes everything be read anew") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes"));
    one.at("12:00");
    CHECK_FALSE(one.went_back);
    CHECK_FALSE(one.plan.on_time(instant("2026-01-31T11:59:59Z")));
    CHECK(one.plan.on_time(instant("2026-01-31T11:59:58Z")));
    CHECK(one.plan.size() == 0);
    CHECK_FALSE(one.plan.on_time(instant("2026-01-31T11:59:58Z")));
}

TEST_CASE("a clock that went years ahead and back does not keep a schedule from running") {
    story one;
    one.at("09:00");
    one.plan.put(entry("a", "every 10 minutes"));
    one.plan.on_time(instant("2031-01-01"));
    one.runs = one.plan.due(10, one.left_out);
    one.all_are(agenda::outcome::done);
    one.at("09:10");
    CHECK(one.went_back);
    one.plan.put(entry("a", "every 10 minutes")); // its last run up to now is what it goes on from
    CHECK(one.at("09:10") == "a@09:10");
}
