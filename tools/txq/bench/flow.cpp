#include "flow.hpp"

#include <algorithm>

#include <txq/embedded_bench.hpp>

#include "gauge.hpp"
#include "names.hpp"

namespace txq::bench {

namespace {

using namespace std::chrono_literals;

/// More than this were never measured.
constexpr double most_per_second = 300'000;
/// So many commits are looked up in the record to see when they were completed.
constexpr std::size_t most_samples = 20'000;

std::size_t most_jobs(flow_options const& how) {
    auto const rate = how.producing.rate > 0 ? how.producing.rate * 1.2 + 100 : most_per_second;
    return static_cast<std::size_t>(rate * static_cast<double>((how.warm_up + how.time + 5s).count()));
}

/// The jobs whose commit was acknowledged between two moments.
struct window {
    std::int64_t from = 0;
    std::int64_t to = 0;

    bool has(producers::commit const& one) const { return one.at >= from && one.at < to; }
};

latency to_start(producers const& load, tally const& seen, window const& when) {
    std::vector<std::int64_t> waits;
    auto const& commits = load.commits();
    for (std::size_t i = 0; i < commits.size(); ++i)
        // a handler may begin before the producer has heard of its commit
        if (when.has(commits[i])) waits.push_back(std::max<std::int64_t>(seen.began_at(i) - commits[i].at, 0));
    return latency_of(std::move(waits));
}

/// Of some of the jobs, evenly spread.
latency to_completion(bench& with, producers const& load, window const& when) {
    std::vector<producers::commit> chosen;
    std::ranges::copy_if(load.commits(), std::back_inserter(chosen), [&](auto const& one) { return when.has(one); });
    auto const step = chosen.size() / most_samples + 1;
    std::vector<producers::commit> sample;
    for (std::size_t i = 0; i < chosen.size(); i += step) sample.push_back(chosen[i]);
    auto const offset = with.where().clock_offset();
    std::vector<std::int64_t> waits;
    for (auto const& row :
         with.where().database().run(sql::recorded_at, pq::params{pq::array(sample, &producers::commit::id)}))
        waits.push_back(std::max<std::int64_t>(
            row["epoch_ns"].as<std::int64_t>() + offset - sample[row["place"].as<std::size_t>() - 1].at, 0));
    return latency_of(std::move(waits));
}

bool all_ended(bench& with, tally const& seen, std::int64_t jobs) {
    return seen.begun() >= jobs && !with.where().database().run(sql::any_left, pq::params{queue})[0]["left"].as<bool>();
}

} // namespace

measured flow_once(bench& with, flow_options const& how, bench::crew const& crew) {
    if (how.waiting == 0) with.where().reset();
    auto const seen = with.make_tally(most_jobs(how));
    auto programs = with.start_workers(crew);
    if (!crew.relay) programs.push_back(with.start_relay(false, how.relay_options));
    with.wait_for_programs(programs, crew.processes, true);
    producers load{with, seen, how.producing};
    with.where().settle();

    gauge costs{with.where(), programs};
    costs.begin();
    load.go();
    with.pause(how.warm_up);
    auto const from = monotonic_now();
    auto const before = seen.begun();
    with.wait_until(
        [&, until = from + std::chrono::nanoseconds{how.time}.count()] {
            if (load.failed()) load.stop();
            return monotonic_now() >= until;
        },
        programs);
    auto const to = monotonic_now();
    auto const rate = static_cast<double>(seen.begun() - before) * 1e9 / static_cast<double>(to - from);
    load.stop();
    auto const jobs = load.enqueued();
    with.wait_until([&] { return all_ended(with, seen, jobs); }, programs, 5ms, [&] { return seen.begun(); });
    costs.end();
    for (auto& one : programs) one.stop();

    with.check_counts(seen, jobs, how.waiting);
    auto result = costs.result(rate, jobs);
    result.to_start = to_start(load, seen, {from, to});
    result.to_completion = to_completion(with, load, {from, to});
    return result;
}

std::vector<cell> flow(bench& with, flow_options const& how) {
    std::vector<cell> cells;
    std::vector<bench::crew> crews;
    for (auto const processes : how.processes)
        for (auto const slots : how.slots) {
            crews.push_back({processes, slots, how.handler_time});
            cells.push_back({.labels = {{"what", "flow"},
                                        {"producers", std::to_string(how.producing.producers)},
                                        {"jobs/tx", std::to_string(how.producing.batch)},
                                        {"processes", std::to_string(processes)},
                                        {"slots", std::to_string(slots)}}});
        }
    for (int run = 1; run <= how.runs; ++run)
        for (std::size_t i = 0; i < crews.size(); ++i) {
            with.show("flow: " + std::to_string(crews[i].processes) + " processes of " +
                      std::to_string(crews[i].slots) + " slots, run " + std::to_string(run));
            cells[i].runs.push_back(flow_once(with, how, crews[i]));
        }
    return cells;
}

} // namespace txq::bench
