#include "work_off.hpp"

#include "gauge.hpp"

namespace txq::bench {

measured work_off(bench& with, std::int64_t jobs, int slots, std::chrono::seconds time) {
    auto const seen = with.make_tally(1);
    with.hold();
    auto programs = with.start_workers({.processes = 1, .slots = slots});
    with.wait_for_programs(programs, 1, false);
    gauge costs{with.where(), programs};
    costs.begin();
    with.resume();
    auto const end = monotonic_now() + std::chrono::nanoseconds{time}.count();
    with.wait_until([&] { return monotonic_now() >= end || seen.begun() >= jobs; }, programs,
                    std::chrono::milliseconds{1}, [&] { return seen.begun(); });
    costs.end();
    auto const done = seen.begun();
    for (auto& one : programs) one.stop();
    return costs.result(static_cast<double>(done) / costs.seconds(), done);
}

} // namespace txq::bench
