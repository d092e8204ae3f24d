// The checker of the chaos program: that it finds what it is there to find.

#include <support/catch.hpp>

#include <chaos/checks.hpp>

using namespace txq::chaos;

namespace {

constexpr micros second = 1'000'000;
constexpr micros lease = 2 * second;

void commit(evidence& all, std::string const& job, std::string const& kind, micros run_at = 0) {
    all.by_job.emplace(job, all.ledger.size());
    all.ledger.push_back({job, job, kind, run_at});
}

change claim(std::int64_t fence, micros at) {
    return {.what = 'U',
            .old_state = "ready",
            .state = "running",
            .old_fence = fence - 1,
            .fence = fence,
            .attempt = 1,
            .at = at};
}

change completion(std::int64_t fence, micros at) {
    return {.what = 'D', .old_state = "running", .old_fence = fence, .attempt = 1, .at = at};
}

run_record plain_run(std::string const& job, std::int64_t fence, micros began, micros ended,
                     std::string const& process = "w.1") {
    return {.job = job,
            .operation = job,
            .kind = "plain",
            .process = process,
            .fence = fence,
            .claimed = began - second,
            .began = began,
            .ended = ended,
            .result = "completed",
            .effect = began};
}

/// A plain job and one with a transaction, both done as they must be.
evidence well() {
    evidence all;
    commit(all, "plain", "plain");
    all.runs.push_back(plain_run("plain", 1, 10 * second, 11 * second));
    all.changes["plain"] = {{.what = 'I', .state = "ready"}, claim(1, 9 * second), completion(1, 12 * second)};
    all.processed["plain"] = 12 * second;
    commit(all, "money", "money");
    all.runs.push_back(plain_run("money", 1, 10 * second, 11 * second));
    all.runs.back().effect = 0;
    all.effects["money"] = {{"money", 1}};
    all.changes["money"] = {{.what = 'I', .state = "ready"}, claim(1, 9 * second), completion(1, 12 * second)};
    all.processed["money"] = 12 * second;
    return all;
}

/// The names of what is violated.
std::string violated(evidence const& all, observations const& seen = {}) {
    std::string names;
    for (auto const& one : check(all, seen, lease))
        if (!one.violations.empty()) names += (names.empty() ? "" : " ") + one.name;
    return names;
}

} // namespace

TEST_CASE("where all is well nothing is violated and what was not looked at is not said to hold") {
    CHECK(violated(well()).empty());
    for (auto const& one : check(well(), {}, lease))
        if (!one.not_checked.empty()) CHECK(one.checked == 0);
}

TEST_CASE("a lost job is found") {
    auto all = well();
    all.processed.erase("plain");
    CHECK(violated(all) == "I1");
}

TEST_CASE("a job that is recorded without its effect is found") {
    auto all = well();
    all.effects.clear();
    CHECK(violated(all) == "I1");
}

TEST_CASE("a job that was held at three deaths of workers may be dead and at two may not") {
    auto all = well();
    all.processed.erase("plain");
    all.changes["plain"].pop_back();
    all.jobs["plain"] = {.state = "dead", .attempt = 1, .crashes = 3, .deaths = 3};
    CHECK(violated(all).empty());
    all.jobs["plain"].deaths = 2;
    CHECK(violated(all) == "I1");
}

TEST_CASE("what no application has committed is found") {
    auto all = well();
    all.changes["phantom"] = {{.what = 'I', .state = "ready"}};
    CHECK(violated(all) == "I2");
}

TEST_CASE("an effect that happened twice is found") {
    auto all = well();
    all.effects["money"].push_back({"money", 1});
    CHECK(violated(all) == "I3");
}

TEST_CASE("a job that was moved twice is found") {
    auto all = well();
    all.changes["plain"].insert(all.changes["plain"].begin(), {.what = 'I', .state = "ready"});
    CHECK(violated(all) == "I3");
}

TEST_CASE("a run that was claimed after the record is found") {
    auto all = well();
    all.changes["plain"].push_back(claim(2, 20 * second));
    all.runs.push_back(plain_run("plain", 2, 21 * second, 22 * second));
    CHECK(violated(all) == "I3");
}

TEST_CASE("a run that was locked before another job recorded its operation may begin and get its lease afterwards") {
    auto all = well();
    all.processed["plain"] = second * 19 / 2;
    all.changes["plain"] = {{.what = 'I', .state = "ready"}, claim(1, second * 23 / 2), completion(1, 12 * second)};
    CHECK(violated(all).empty());
    all.runs[0].claimed = second * 39 / 4; // under a lock: its lease was written later
    CHECK(violated(all) == "I3");
}

TEST_CASE("a run may be claimed as much later than the record as the queue's server was frozen in between") {
    auto all = well();
    all.processed["plain"] = second * 17 / 2;
    CHECK(violated(all) == "I3");
    all.frozen = {{second * 34 / 4, second * 35 / 4}};
    CHECK(violated(all) == "I3");
    all.frozen.push_back({second * 35 / 4, 30 * second});
    CHECK(violated(all).empty());
}

TEST_CASE("a completion under a fence whose run still goes on is found") {
    auto all = well();
    all.runs[0].ended = 13 * second;
    CHECK(violated(all) == "I5");
}

TEST_CASE("a fence that a failover has lost may be given out again to a job with nothing to run") {
    auto all = well();
    all.runs[1].result = "threw";
    all.changes["money"].back().operation = "money";
    CHECK(violated(all) == "I5");
    all.set_back = {{10 * second, 11 * second}};
    CHECK(violated(all).empty());
}

TEST_CASE("a completion under a lock counts for the run that the lock was held for") {
    auto all = well();
    auto under_lock = completion(0, 12 * second);
    under_lock.old_state = "ready";
    all.changes["plain"] = {{.what = 'I', .state = "ready"}, under_lock};
    CHECK(violated(all).empty());
    all.runs[0].ended = 13 * second;
    CHECK(violated(all) == "I5");
}

TEST_CASE("runs under locks do not overlap either") {
    auto all = well();
    all.changes["plain"] = {{.what = 'I', .state = "ready"}, claim(1, second * 104 / 10), completion(1, 12 * second)};
    all.runs.push_back(plain_run("plain", 1, second * 105 / 10, 11 * second, "w.2"));
    CHECK(violated(all) == "I6");
}

TEST_CASE("a claim that does not raise the fence is found") {
    auto all = well();
    all.changes["plain"][1].old_fence = 1;
    CHECK(violated(all) == "I5");
}

TEST_CASE("a fence that falls is found") {
    auto all = well();
    all.changes["plain"].push_back({.what = 'U', .old_state = "ready", .state = "ready", .old_fence = 2, .fence = 1});
    CHECK(violated(all) == "I5");
}

TEST_CASE("runs that overlap are found unless the earlier process was paused and stopped soon") {
    auto all = well();
    all.runs[0].result = "threw";
    all.runs[0].effect = 0;
    all.changes["plain"] = {
        {.what = 'I', .state = "ready"}, claim(1, 9 * second), claim(2, 10 * second), completion(2, 12 * second)};
    all.runs.push_back(plain_run("plain", 2, second * 21 / 2, 11 * second, "w.2"));
    CHECK(violated(all) == "I6");
    all.pauses["w.1"] = {{10 * second, second * 21 / 2}};
    CHECK(violated(all).empty());
    all.pauses["w.1"] = {{8 * second, 9 * second}};
    CHECK(violated(all) == "I6");
}

TEST_CASE("a job that was run before its time is found") {
    auto all = well();
    all.ledger[0].run_at = 10 * second + 1;
    CHECK(violated(all) == "I7");
}

TEST_CASE("a job that was made ready before its time is found unless the clock was set back just then") {
    auto all = well();
    auto const hour = 3600 * second;
    auto& changes = all.changes["plain"];
    auto const noted = changes.insert(changes.begin() + 1, {.what = 'U',
                                                            .old_state = "scheduled",
                                                            .state = "ready",
                                                            .run_at = 8 * second,
                                                            .noted_at = 8 * second - hour,
                                                            .at = 8 * second});
    CHECK(violated(all) == "I7");
    all.queue_clock_steps = {{3 * second, -hour}};
    CHECK(violated(all) == "I7");
    all.queue_clock_steps = {{8 * second - 30'000, -hour}};
    CHECK(violated(all).empty());
    noted->run_at += 1; // too early by either
    CHECK(violated(all) == "I7");
}

TEST_CASE("a claim that was run twice is found") {
    auto all = well();
    all.runs.push_back(plain_run("plain", 1, second * 111 / 10, second * 112 / 10));
    CHECK(violated(all) == "I13");
}

TEST_CASE("an application's transaction that failed for no fault of its connection is found") {
    auto all = well();
    all.producers.push_back({{"e", "failed"}, {"state", "57P01"}});
    CHECK(violated(all).empty());
    all.producers.push_back({{"e", "failed"}, {"state", "23505"}});
    CHECK(violated(all) == "I14");
}

TEST_CASE("a job that must be put aside and is not is found") {
    auto all = well();
    commit(all, "bad", "poison");
    CHECK(violated(all) == "I15");
    all.rejected.insert("bad");
    CHECK(violated(all).empty());
}

TEST_CASE("what is stuck and who has left without being told are found") {
    CHECK(violated(well(), {.stuck = {"3 jobs"}}) == "I10");
    CHECK(violated(well(), {.deserters = {"worker-1.1"}}) == "I10");
    CHECK(violated(well(), {.samples = 1, .vanished = {"1 job"}}) == "I11");
}

TEST_CASE("who does nothing for too long after the faults is found") {
    CHECK(violated(well(), {.back_in_s = 9.9, .back_within_s = 10}).empty());
    CHECK(violated(well(), {.back_in_s = 10.1, .back_within_s = 10}) == "I10");
}

TEST_CASE("a time of a schedule that has been left out is found") {
    auto all = well();
    for (micros const time : {5 * second, 6 * second, 7 * second}) {
        auto const job = "tick " + std::to_string(time);
        all.ticks.emplace(time, job);
        all.processed[job] = 9 * second;
        all.effects[job] = {{job, 1}};
    }
    CHECK(violated(all).empty());
    all.ticks.erase(6 * second);
    CHECK(violated(all) == "I8");
}

TEST_CASE("a time of a schedule whose job was not run is found") {
    auto all = well();
    all.ticks.emplace(5 * second, "tick");
    CHECK(violated(all) == "I8");
}

TEST_CASE("a time of a schedule that has two jobs is found") {
    auto all = well();
    for (std::string const job : {"tick", "tock"}) {
        all.ticks.emplace(5 * second, job);
        all.processed[job] = 9 * second;
        all.effects[job] = {{job, 1}};
    }
    CHECK(violated(all) == "I8");
}

TEST_CASE("two jobs of a unique key that live at once are found") {
    auto all = well();
    std::int64_t number = 0;
    auto const change_of = [&](char what, std::string const& state) {
        return change{.what = what, .state = state, .number = ++number, .unique_key = "key"};
    };
    all.forgotten = {"first", "second"};
    all.changes["first"] = {change_of('I', "ready"), change_of('U', "running"), change_of('U', "dead")};
    all.changes["second"] = {change_of('I', "scheduled")};
    CHECK(violated(all).empty());
    all.changes["first"].pop_back();
    CHECK(violated(all) == "I16");
}

TEST_CASE("a job that another one stands for is lost if that one is") {
    auto all = well();
    commit(all, "left", "single");
    CHECK(violated(all) == "I1");
    all.left_to["left"] = "money";
    CHECK(violated(all).empty());
    all.left_to["left"] = "nobody";
    CHECK(violated(all) == "I1");
}

namespace {

void run_capped(evidence& all, std::string const& job, micros began, std::string const& process) {
    commit(all, job, "capped");
    all.runs.push_back(plain_run(job, 1, began, began + second, process));
    all.runs.back().kind = "capped";
    all.processed[job] = 20 * second;
}

} // namespace

TEST_CASE("more runs at once than a limit allows are found") {
    auto all = well();
    for (int i = 0; i < 3; ++i) run_capped(all, "capped" + std::to_string(i), 10 * second, "w.1");
    run_capped(all, "later", 11 * second, "w.1");
    CHECK(violated(all).empty());
    run_capped(all, "one too many", 10 * second, "w.2");
    CHECK(violated(all) == "I9");
}

TEST_CASE("the run of a process that was stopped has given its place under a limit up") {
    auto all = well();
    for (int i = 0; i < 3; ++i) run_capped(all, "capped" + std::to_string(i), 10 * second, "w.1");
    run_capped(all, "next", 10 * second + second / 2, "w.2");
    CHECK(violated(all) == "I9");
    all.pauses["w.1"] = {{10 * second + second / 10, 10 * second + 3 * second}};
    CHECK(violated(all).empty());
}

TEST_CASE("a job whose commit a failover has lost is not invented") {
    auto all = well();
    all.changes["lost"] = {{.what = 'I', .state = "ready"}};
    CHECK(violated(all) == "I2");
    all.forgotten = {"lost"};
    CHECK(violated(all).empty());
}

TEST_CASE("a job whose commit a failover has lost may end as a duplicate of its operation") {
    auto all = well();
    all.forgotten = {"lost"};
    all.changes["lost"] = {{.what = 'I', .state = "ready"}, claim(1, 13 * second), completion(1, 14 * second)};
    CHECK(violated(all) == "I5");
    all.changes["lost"].back().operation = "plain";
    CHECK(violated(all).empty());
}

TEST_CASE("runs may overlap where the queue has lost their claims") {
    auto all = well();
    all.changes["plain"] = {{.what = 'I', .state = "ready"}, claim(1, second * 104 / 10), completion(1, 12 * second)};
    all.runs.push_back(plain_run("plain", 1, second * 105 / 10, 11 * second, "w.2"));
    CHECK(violated(all) == "I6");
    all.set_back = {{9 * second, second * 101 / 10}};
    CHECK(violated(all).empty());
}

TEST_CASE("what a clock that stepped has said is the machine's time again") {
    auto const at = [](int seconds) { return (1'700'000'000 + seconds) * second; };
    std::vector<clock_step> const steps{
        {at(100), 600 * second}, {at(200), -1200 * second}, {at(300), 600 * second}}; // none stays back
    CHECK(machine_time({}, at(50)) == at(50));
    CHECK(machine_time(steps, at(50)) == at(50));
    CHECK(machine_time(steps, at(750)) == at(150));
    CHECK(machine_time(steps, at(-950)) == at(250));
    CHECK(machine_time(steps, at(950)) == at(350));
}

TEST_CASE("an effect that comes before the one of the job before it in its order is found") {
    auto all = well();
    for (int place = 1; place <= 2; ++place) {
        auto const job = "ordered" + std::to_string(place);
        commit(all, job, "ordered");
        all.ledger.back().order_key = "key";
        all.ledger.back().place = place;
        all.processed[job] = 9 * second;
        all.effects[job] = {{job, 1, 10 + place}};
    }
    CHECK(violated(all).empty());
    all.effects["ordered1"].front().number = 20;
    CHECK(violated(all) == "I4");
}

TEST_CASE("more beginnings than a pace allows are found") {
    auto all = well();
    auto const begin_one_each = [&](micros pause, int count) {
        all.runs.erase(all.runs.begin() + 2, all.runs.end());
        for (int i = 0; i < count; ++i) {
            auto const job = "metered" + std::to_string(i);
            if (!all.by_job.contains(job)) commit(all, job, "metered");
            all.runs.push_back(plain_run(job, 1, 10 * second + i * pause, 10 * second + i * pause + 1));
            all.runs.back().kind = "metered";
            all.processed[job] = 19 * second;
        }
    };
    begin_one_each(second / 4, 20);
    CHECK(violated(all).empty());
    begin_one_each(second / 8, 20);
    CHECK(violated(all) == "I9");
}
