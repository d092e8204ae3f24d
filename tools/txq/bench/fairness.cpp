#include "fairness.hpp"

#include <algorithm>
#include <optional>

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>
#include <txq/enqueue.hpp>

#include "crowd.hpp"
#include "gauge.hpp"
#include "load.hpp"
#include "names.hpp"
#include "probe.hpp"
#include "work_off.hpp"

namespace txq::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t few = 10;

/// Empties the queue and puts jobs into it, as many of each tenant.
void fill(bench& with, bool fair, std::int64_t jobs, int tenants) {
    with.where().reset();
    with.where().database().run(txq::sql::set_queue, pq::params{queue, fair, std::nullopt, std::nullopt});
    crowd{with, 1}.run([&](session& database) {
        database.run(sql::fill, pq::params{jobs, false, queue, plain_kind, tenants});
    });
    with.where().settle();
}

/// The small tenant's jobs have the numbers from 1 on; all of the others have 0. Returns when the commit was
/// acknowledged.
std::int64_t enqueue_few(bench& with) {
    std::vector<new_job> jobs;
    for (std::int64_t n = 1; n <= few; ++n) jobs.push_back({.payload = payload_of(static_cast<std::size_t>(n), 0)});
    auto database = with.where().connect();
    pqxx::work tx{database.connection()};
    enqueue_many(tx, plain_kind, jobs, {.queue = queue, .tenant = "small"});
    tx.commit();
    return monotonic_now();
}

/// When each of the few that have begun did, the first one first.
std::vector<std::int64_t> starts_of_few(tally const& seen) {
    std::vector<std::int64_t> starts;
    for (std::size_t n = 1; n <= few; ++n)
        if (auto const at = seen.began_at(n); at != 0) starts.push_back(at);
    std::ranges::sort(starts);
    return starts;
}

bool all_few_begun(tally const& seen) { return starts_of_few(seen).size() == few; }

/// What is seen from when the few have been enqueued.
struct window {
    std::int64_t enqueued_at = 0;
    std::int64_t begun_before = 0;                ///< handlers, all of them the large tenant's
    std::optional<std::int64_t> begun_till_few{}; ///< when the last of the few had begun
    std::int64_t begun = 0;                       ///< at the end
};

window look(bench& with, fairness_options const& how, tally const& seen, std::vector<child>& programs) {
    window seen_through;
    seen_through.enqueued_at = enqueue_few(with);
    seen_through.begun_before = seen.begun();
    auto const end = seen_through.enqueued_at + std::chrono::nanoseconds{how.time}.count();
    auto const over = [&] {
        if (!seen_through.begun_till_few && all_few_begun(seen)) seen_through.begun_till_few = seen.begun();
        return monotonic_now() >= end || seen.begun() >= how.jobs + few;
    };
    with.wait_until(over, programs, 1ms, [&] { return seen.begun(); });
    seen_through.begun = seen.begun();
    return seen_through;
}

void describe(window const& of, tally const& seen, measured& result) {
    auto const starts = starts_of_few(seen);
    auto const ms = [&](std::int64_t at) { return static_cast<double>(at - of.enqueued_at) / 1e6; };
    if (!starts.empty()) result.more["first of the ten ms"] = ms(starts.front());
    if (starts.size() == few) {
        result.more["last of the ten ms"] = ms(starts.back());
        result.more["starts of the other till then"] =
            static_cast<double>(of.begun_till_few.value_or(of.begun) - few - of.begun_before);
    }
    result.more["starts of the ten"] = static_cast<double>(starts.size());
    result.more["starts of the other"] =
        static_cast<double>(of.begun - of.begun_before) - static_cast<double>(starts.size());
}

/// A tenth of what waits has begun, or a second has passed, before the few come.
void run_for_a_while(bench& with, fairness_options const& how, tally const& seen, std::vector<child>& programs) {
    auto const end = monotonic_now() + std::chrono::nanoseconds{1s}.count();
    with.wait_until([&] { return monotonic_now() >= end || seen.begun() >= std::max<std::int64_t>(how.jobs / 10, 1); },
                    programs);
}

measured beside_a_large_one(bench& with, fairness_options const& how, bool fair) {
    fill(with, fair, how.jobs, 1);
    auto const seen = with.make_tally(few + 1);
    with.hold();
    auto programs = with.start_workers({.processes = 1, .slots = how.slots, .handler_time = how.handler_time});
    programs.push_back(with.start_relay(false));
    with.wait_for_programs(programs, 1, true);
    with.resume();
    run_for_a_while(with, how, seen, programs);
    gauge costs{with.where(), programs};
    costs.begin();
    auto const seen_through = look(with, how, seen, programs);
    costs.end();
    for (auto& one : programs) one.stop();
    auto const done = seen_through.begun - seen_through.begun_before;
    auto result = costs.result(static_cast<double>(done) / costs.seconds(), done);
    describe(seen_through, seen, result);
    return result;
}

measured with_many_tenants(bench& with, fairness_options const& how, bool fair) {
    auto const jobs = few * how.tenants;
    fill(with, fair, jobs, how.tenants);
    measured claims;
    for (int const number : {10, 1000}) add_claim_costs(with, number, claims);
    fill(with, fair, jobs, how.tenants); // what claims have locked and not run is run with care
    auto result = work_off(with, jobs, how.slots, how.time);
    result.more = claims.more;
    return result;
}

} // namespace

std::vector<cell> measure_fairness(bench& with, fairness_options const& how) {
    auto const of_two = std::to_string(how.jobs) + " and " + std::to_string(few);
    auto const of_many = std::to_string(few) + " each of " + std::to_string(how.tenants);
    std::vector<cell> cells;
    for (auto const& whose : {of_two, of_many})
        for (auto const* which : {"fair", "not fair"})
            cells.push_back({.labels = {{"tenants' jobs", whose}, {"queue", which}}});
    for (int run = 1; run <= how.runs; ++run)
        for (std::size_t i = 0; i < cells.size(); ++i) {
            with.show("fairness: " + cells[i].labels[0].second + ", " + cells[i].labels[1].second + ", run " +
                      std::to_string(run));
            auto const fair = i % 2 == 0;
            cells[i].runs.push_back(i < 2 ? beside_a_large_one(with, how, fair) : with_many_tenants(with, how, fair));
        }
    return cells;
}

} // namespace txq::bench
