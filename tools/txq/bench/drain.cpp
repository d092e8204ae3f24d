#include "drain.hpp"

#include <algorithm>

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>

#include "gauge.hpp"
#include "limit.hpp"
#include "load.hpp"
#include "names.hpp"

namespace txq::bench {

namespace {

/// One way to drain.
struct way {
    int processes = 1;
    int slots = 16;
    bool per_job = false;
};

std::vector<way> ways(drain_options const& how) {
    std::vector<way> all;
    for (auto const& completion : how.completions)
        for (auto const processes : how.processes)
            for (auto const slots : how.slots) all.push_back({processes, slots, completion == "per-job"});
    return all;
}

/// A commit per job is a wait for the disk per job: fewer do.
std::int64_t jobs_for(drain_options const& how, way const& which) {
    return which.per_job ? std::max<std::int64_t>(how.jobs / 10, 1) : how.jobs;
}

void preload(bench& with, std::int64_t jobs, char const* kind, std::size_t payload_bytes) {
    with.where().reset();
    enqueue_all(with, kind, static_cast<std::size_t>(jobs), payload_bytes);
}

/// From a full outbox to a full queue.
measured relay_once(bench& with, std::int64_t jobs) {
    std::vector<child> programs;
    gauge costs{with.where(), programs};
    costs.begin();
    programs.push_back(with.start_relay(true));
    programs.back().wait();
    costs.end();
    return costs.result(static_cast<double>(jobs) / costs.seconds(), jobs);
}

bool nothing_left(bench& with) {
    return !with.where().database().run(sql::any_left, pq::params{queue})[0]["left"].as<bool>();
}

/// Gone with the jobs.
void set_limit(bench& with, drain_options::limit const& under) {
    auto const given = [](int number) { return number > 0 ? std::optional{number} : std::nullopt; };
    auto const none = std::nullopt;
    with.where().database().run(txq::sql::set_limit,
                                pq::params{"queue", queue, given(under.max_running), given(under.starts), none, none,
                                           pq::unless_empty(under.each), none});
}

void add_labels(cell& to, drain_options::limit const& under) {
    if (under.max_running > 0) to.labels.emplace_back("max running", std::to_string(under.max_running));
    if (under.starts > 0) to.labels.emplace_back("starts/s", std::to_string(under.starts));
    if (!under.each.empty()) to.labels.emplace_back("each", under.each);
}

measured drain_once(bench& with, drain_options const& how, way const& which) {
    auto const jobs = jobs_for(how, which);
    auto const seen = with.make_tally(static_cast<std::size_t>(jobs));
    if (how.under.is_set()) set_limit(with, how.under);
    with.hold();
    auto programs = with.start_workers({which.processes, which.slots, how.handler_time});
    with.wait_for_programs(programs, which.processes, false);
    with.where().settle();
    gauge costs{with.where(), programs};
    costs.begin();
    with.resume();
    auto const begun = [&] { return seen.begun(); };
    with.wait_until([&] { return seen.begun() >= jobs; }, programs, std::chrono::milliseconds{1}, begun);
    with.wait_until([&] { return nothing_left(with); }, programs, std::chrono::milliseconds{1});
    costs.end();
    for (auto& one : programs) one.stop();
    with.check_counts(seen, jobs);
    return costs.result(static_cast<double>(jobs) / costs.seconds(), jobs);
}

std::string describe(way const& which, int run) {
    return "drain: " + std::to_string(which.processes) + " processes of " + std::to_string(which.slots) + " slots, " +
           (which.per_job ? "per-job" : "batched") + " completion, run " + std::to_string(run);
}

/// The limits and the relay on the way there.
struct baselines {
    cell relay{.labels = {{"what", "relay"}}};
    cell relay_limit{.labels = {{"what", "relay, in the server"}}};
    cell drain_limit{.labels = {{"what", "drain, in the server"}}};
    cell leased_limit{.labels = {{"what", "drain with leases, in the server"}}};
};

void measure_baselines(bench& with, drain_options const& how, baselines& into) {
    with.show("relay and drain inside the server");
    preload(with, how.jobs, plain_kind, how.payload_bytes);
    into.relay_limit.runs.push_back(limit::relay(with, how.jobs));
    with.where().settle();
    into.drain_limit.runs.push_back(limit::drain(with, how.jobs, 2, limit::claims::locked));
    preload(with, how.jobs, plain_kind, how.payload_bytes);
    limit::relay(with, how.jobs);
    with.where().settle();
    into.leased_limit.runs.push_back(limit::drain(with, how.jobs, 2, limit::claims::leased));
}

double median_rate(cell const& of) {
    std::vector<double> rates;
    for (auto const& one : of.runs) rates.push_back(one.rate);
    return spread_of(rates).median;
}

} // namespace

/// Runs are the outer loop, so that a slow spell of the machine falls on every way alike.
std::vector<cell> drain(bench& with, drain_options const& how) {
    baselines base;
    auto const all = ways(how);
    std::vector<cell> cells;
    for (auto const& one : all)
        cells.push_back({.labels = {{"what", "drain"},
                                    {"completion", one.per_job ? "per job" : "batched"},
                                    {"processes", std::to_string(one.processes)},
                                    {"slots", std::to_string(one.slots)}}});
    for (auto& one : cells) add_labels(one, how.under);
    for (int run = 1; run <= how.runs; ++run) {
        measure_baselines(with, how, base);
        for (std::size_t i = 0; i < all.size(); ++i) {
            with.show(describe(all[i], run));
            preload(with, jobs_for(how, all[i]), all[i].per_job ? transaction_kind : plain_kind, how.payload_bytes);
            auto const relayed = relay_once(with, jobs_for(how, all[i]));
            if (!all[i].per_job) base.relay.runs.push_back(relayed);
            cells[i].runs.push_back(drain_once(with, how, all[i]));
        }
    }
    base.relay.limit = median_rate(base.relay_limit);
    for (auto& one : cells) one.limit = median_rate(base.drain_limit);
    if (!base.relay.runs.empty()) cells.insert(cells.begin(), base.relay);
    cells.insert(cells.begin(), {base.relay_limit, base.drain_limit, base.leased_limit});
    return cells;
}

} // namespace txq::bench
