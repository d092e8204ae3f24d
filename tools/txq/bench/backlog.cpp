#include "backlog.hpp"

#include <txq/embedded_bench.hpp>

#include "crowd.hpp"
#include "flow.hpp"
#include "gauge.hpp"
#include "names.hpp"
#include "probe.hpp"

namespace txq::bench {

namespace {

constexpr int claims = 20;

/// The median of some claims, each rolled back.
void add_claim_cost(bench& with, int jobs, measured& to) {
    probe claim{with};
    std::vector<double> milliseconds;
    std::vector<double> buffers;
    for (int i = 0; i < claims; ++i) {
        auto const cost = claim.claim(jobs, 0);
        milliseconds.push_back(cost.milliseconds);
        buffers.push_back(cost.buffers);
    }
    to.more["claim " + std::to_string(jobs) + ": ms"] = spread_of(milliseconds).median;
    to.more["claim " + std::to_string(jobs) + ": buffers"] = spread_of(buffers).median;
}

/// How fast the first ones are worked off.
measured work_off(bench& with, backlog_options const& how, std::int64_t jobs) {
    auto const seen = with.make_tally(1); // these jobs all have the number 0
    with.hold();
    auto programs = with.start_workers({.processes = 1, .slots = how.slots});
    with.wait_for_programs(programs, 1, false);
    gauge costs{with.where(), programs};
    costs.begin();
    with.resume();
    auto const end = monotonic_now() + std::chrono::nanoseconds{how.time}.count();
    with.wait_until([&] { return monotonic_now() >= end || seen.begun() >= jobs; }, programs,
                    std::chrono::milliseconds{1}, [&] { return seen.begun(); });
    costs.end();
    auto const done = seen.begun();
    for (auto& one : programs) one.stop();
    return costs.result(static_cast<double>(done) / costs.seconds(), done);
}

/// Jobs that are due come and go while the others wait for their day.
measured flow_past(bench& with, backlog_options const& how, std::int64_t waiting) {
    flow_options past{.producing = {.producers = 1, .batch = 100}, .time = how.time, .waiting = waiting};
    return flow_once(with, past, {.processes = 1, .slots = how.slots});
}

measured with_waiting(bench& with, backlog_options const& how, std::int64_t jobs, bool delayed) {
    with.where().reset();
    crowd{with, 1}.run([&](session& database) {
        database.run(sql::fill, pq::params{jobs, delayed, queue, plain_kind});
    });
    with.where().settle();
    measured cost;
    if (!delayed)
        for (int const number : {10, 1000}) add_claim_cost(with, number, cost);
    with.where().settle(); // of what the claims that were rolled back have left
    auto result = delayed ? flow_past(with, how, jobs) : work_off(with, how, jobs);
    result.more = cost.more;
    return result;
}

} // namespace

std::vector<cell> measure_backlog(bench& with, backlog_options const& how) {
    std::vector<cell> cells;
    for (auto const delayed : {false, true})
        for (auto const jobs : how.jobs)
            cells.push_back({.labels = {{"waiting", std::to_string(jobs)}, {"state", delayed ? "delayed" : "ready"}}});
    for (int run = 1; run <= how.runs; ++run) {
        auto* place = cells.data();
        for (auto const delayed : {false, true})
            for (auto const jobs : how.jobs) {
                with.show("backlog: " + place->labels[0].second + ' ' + place->labels[1].second + ", run " +
                          std::to_string(run));
                (place++)->runs.push_back(with_waiting(with, how, jobs, delayed));
            }
    }
    return cells;
}

} // namespace txq::bench
