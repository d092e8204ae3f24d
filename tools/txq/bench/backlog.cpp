#include "backlog.hpp"

#include <txq/embedded_bench.hpp>

#include "crowd.hpp"
#include "flow.hpp"
#include "names.hpp"
#include "probe.hpp"
#include "work_off.hpp"

namespace txq::bench {

namespace {

/// Jobs that are due come and go while the others wait for their day.
measured flow_past(bench& with, backlog_options const& how, std::int64_t waiting) {
    flow_options past{.producing = {.producers = 1, .batch = 100}, .time = how.time, .waiting = waiting};
    return flow_once(with, past, {.processes = 1, .slots = how.slots});
}

/// Adds jobs until there are so many.
void fill(bench& with, std::int64_t jobs, bool delayed) {
    auto const there = with.where().database().run(sql::waiting, pq::params{queue})[0]["jobs"].as<std::int64_t>();
    crowd{with, 1}.run([&](session& database) {
        database.run(sql::fill, pq::params{jobs - there, delayed, queue, plain_kind, 0});
    });
    with.where().settle();
}

/// Claims are looked at last: what they had locked and gave back a worker would leave alone for as long as a lease.
measured with_waiting(bench& with, backlog_options const& how, std::int64_t jobs, bool delayed) {
    with.where().reset();
    fill(with, jobs, delayed);
    auto result = delayed ? flow_past(with, how, jobs) : work_off(with, jobs, how.slots, how.time);
    fill(with, jobs, delayed);
    for (int const number : {10, 1000}) add_claim_costs(with, number, result);
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
