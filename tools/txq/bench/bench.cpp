#include "bench.hpp"

#include <condition_variable>
#include <fstream>
#include <mutex>

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>

#include "names.hpp"

namespace txq::bench {

bench::bench(connection_info where, std::stop_token stop, std::ostream* watcher)
    : stop_{std::move(stop)},
      watcher_{watcher},
      site_{std::move(where)} {}

bench::~bench() { show(""); }

void bench::show(std::string const& what) {
    if (watcher_) *watcher_ << "\r\033[K" << what << std::flush;
}

void bench::pause(std::chrono::microseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop_, time, [] { return false; });
    if (stop_requested()) throw interrupted{};
}

void bench::wait_until(std::function<bool()> const& done, std::vector<child>& programs, std::chrono::microseconds each,
                       std::function<std::int64_t()> const& progress) {
    constexpr auto patience = std::chrono::minutes{1};
    auto last = progress();
    auto give_up_at = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        for (auto& one : programs) one.require_running();
        if (auto const now = progress(); now != last) {
            last = now;
            give_up_at = std::chrono::steady_clock::now() + patience;
        }
        if (std::chrono::steady_clock::now() > give_up_at)
            throw std::runtime_error{"nothing has happened for a minute"};
        pause(each);
    }
}

child::variables bench::environment(std::chrono::milliseconds handler_time) const {
    return {{"TXQ_DATABASE_URL", site_.where().str()},
            {tally_variable, tally_file().string()},
            {handler_ms_variable, std::to_string(handler_time.count())}};
}

child bench::start_relay(bool once, std::vector<std::string> const& more) {
    auto arguments = more;
    if (once) arguments.emplace_back("--once");
    auto variables = environment({});
    variables.emplace_back("TXQ_SOURCE_URL", "");
    return child{program_beside("txq-relay"), arguments, variables, log_file("relay")};
}

std::filesystem::path bench::write_worker_file(int slots) const {
    auto const file = directory_.path() / "worker.toml";
    std::ofstream out{file};
    // Retention and schedules are every worker's business for all of the database: the bench forgets nothing of
    // others', and begins nothing.
    out << "retention = \"36500d\"\nscheduler = false\n[group.bench]\nqueues = [\"" << queue
        << "\"]\nthreads = " << slots << '\n';
    for (auto const* kind : {plain_kind, transaction_kind})
        out << "[kind.\"" << kind << "\"]\nplugin = \"" << find_plugin().string() << "\"\n";
    return file;
}

std::vector<child> bench::start_workers(crew const& how) {
    auto const file = write_worker_file(how.slots);
    std::vector<std::string> arguments{"--config", file.string()};
    if (how.relay) arguments.emplace_back("--relay");
    std::vector<child> workers;
    for (int i = 0; i < how.processes; ++i)
        workers.emplace_back(program_beside("txq-worker"), arguments, environment(how.handler_time),
                             log_file("worker-" + std::to_string(i)));
    return workers;
}

void bench::wait_for_programs(std::vector<child>& programs, int workers, bool relay) {
    auto const all_there = [&] {
        auto const row = site_.database().run(sql::ready_to_go, pq::params{queue})[0];
        return row["workers"].as<int>() == workers && (!relay || row["relay"].as<bool>());
    };
    wait_until(all_there, programs, std::chrono::milliseconds{10});
}

void bench::hold() { site_.database().run(txq::sql::pause_queue, pq::params{queue}); }

void bench::resume() { site_.database().run(txq::sql::resume, pq::params{"queue", queue}); }

void bench::check_counts(tally const& seen, std::int64_t jobs, std::int64_t waiting) {
    auto const [recorded, left] = site_.look_at_ends();
    if (recorded == jobs && left == waiting && seen.begun() == jobs && seen.begun_again() == 0) return;
    throw std::runtime_error{"the counts are wrong, so this measures nothing: of " + std::to_string(jobs) + " jobs " +
                             std::to_string(recorded) + " are recorded and " + std::to_string(left) +
                             " are left; handlers began " + std::to_string(seen.begun()) + " times, " +
                             std::to_string(seen.begun_again()) + " of them with a job that had begun before"};
}

} // namespace txq::bench
