#include "latency.hpp"

#include "flow.hpp"
#include "gauge.hpp"

namespace txq::bench {

namespace {

bench::crew crew_of(latency_options const& how) {
    return {.processes = 1, .slots = how.slots, .relay = how.one_process};
}

/// Relay and worker with nothing to do: how much of a core they and the server take. After the first seconds, when the
/// worker has looked after its tables and the relay has slowed down.
measured idle_once(bench& with, latency_options const& how) {
    with.where().reset();
    auto programs = with.start_workers(crew_of(how));
    if (!how.one_process) programs.push_back(with.start_relay(false, how.relay_options));
    with.wait_for_programs(programs, 1, true);
    with.pause(std::chrono::seconds{3});

    std::vector<double> before;
    for (auto& one : programs) before.push_back(one.cpu_seconds());
    gauge costs{with.where(), programs};
    costs.begin();
    with.pause(how.idle_time);
    costs.end();
    auto result = costs.result(0, 1);
    auto const share = [&](double seconds) { return seconds * 100 / costs.seconds(); };
    for (std::size_t i = 0; i < programs.size(); ++i)
        result.more[programs[i].name() + " % of a core"] = share(programs[i].cpu_seconds() - before[i]);
    if (result.server_cpu_us) result.more["server % of a core"] = share(*result.server_cpu_us / 1e6);
    for (auto& one : programs) one.stop();
    return result;
}

} // namespace

std::vector<cell> measure_latency(bench& with, latency_options const& how) {
    flow_options few{.producing = {.producers = 1, .rate = how.rate},
                     .warm_up = std::chrono::seconds{2},
                     .time = how.time,
                     .relay_options = how.relay_options};
    cell busy{.labels = {{"what", "latency"}}};
    cell idle{.labels = {{"what", "idle"}}};
    for (int run = 1; run <= how.runs; ++run) {
        with.show("latency, run " + std::to_string(run));
        busy.runs.push_back(flow_once(with, few, crew_of(how)));
        if (how.idle_time.count() == 0) continue;
        with.show("idle, run " + std::to_string(run));
        idle.runs.push_back(idle_once(with, how));
    }
    if (idle.runs.empty()) return {busy};
    return {busy, idle};
}

} // namespace txq::bench
