// What the chaos program says of how soon everybody worked again.

#include <algorithm>

#include <support/catch.hpp>

#include <chaos/coming_back.hpp>
#include <chaos/kinds.hpp>

using namespace txq::chaos;

namespace {

constexpr micros second = 1'000'000;
constexpr micros healed = 100 * second;

void move_one(evidence& all, std::size_t database, micros at) {
    auto const job = "job" + std::to_string(all.ledger.size());
    all.by_job.emplace(job, all.ledger.size());
    all.ledger.push_back({.job = job, .operation = job, .kind = "plain", .database = database});
    all.changes[job] = {{.what = 'I', .state = "ready", .at = at}};
}

void run_one(evidence& all, std::string const& process, std::string const& queue, micros began) {
    run_record one{.job = "a", .operation = "a", .kind = "plain", .queue = queue, .process = process, .result = ""};
    one.began = began;
    all.runs.push_back(one);
}

/// Everybody worked before the end of the faults, and after it one after the other, a second apart.
evidence everybody_came_back() {
    evidence all;
    all.healed = healed;
    auto at = healed;
    for (std::size_t database = 0; database < cluster::databases; ++database) {
        move_one(all, database, healed - 1);
        move_one(all, database, at += second);
    }
    for (int worker = 1; worker <= workers; ++worker)
        for (auto const* group : groups) {
            auto const name = "worker-" + std::to_string(worker);
            run_one(all, name + ".1", group, healed - 1);
            run_one(all, name + ".2", own_queue_of("probe-" + std::to_string(worker), group), at += second);
        }
    return all;
}

} // namespace

TEST_CASE("everybody is back when each outbox and each group of every worker has worked since the end of the faults") {
    auto const times = times_of_return(everybody_came_back());
    CHECK(times.size() == cluster::databases + workers * groups.size());
    CHECK(std::ranges::min(times) == second);
    CHECK(std::ranges::max(times) == static_cast<micros>(times.size()) * second);
}

TEST_CASE("who has done nothing since the end of the faults is not back") {
    auto all = everybody_came_back();
    all.runs.pop_back();
    CHECK(std::ranges::count(times_of_return(all), never) == 1);
    all.by_job.erase("job1");
    CHECK(std::ranges::count(times_of_return(all), never) == 2);
}
