#include "caretaker.hpp"

#include <algorithm>
#include <set>

#include <txq/log.hpp>

#include "ending.hpp"

namespace txq {

namespace {

/// At most, also where all leases are long: a worker whose lease is short may come at any time.
constexpr std::chrono::milliseconds between_looks{500};
constexpr int promoted_at_once = 1000;
constexpr int days_ahead = 3;
constexpr int looked_at_for_unknown_kinds = 10'000;

} // namespace

std::chrono::milliseconds caretaker::step() {
    try {
        if (!database_) database_ = std::make_unique<session>(state_->session_options("caretaker"));
        auto const wait = promote();
        if (due(next_rescue_, std::min(shortest_lease_ / 8, between_looks))) rescue();
        if (due(next_orphans_, std::chrono::seconds{5})) rescue_orphans();
        if (due(next_report_, std::chrono::seconds{30})) report_unknown_kinds();
        if (due(next_keeping_, std::chrono::minutes{10})) keep_records();
        waits_.reset();
        return wait;
    } catch (std::exception const& failed) {
        // the heart says that the database is away; what is left to say here is what the database said
        auto const lasts = trouble_.on_failure(clock::now(), state_->lease_holds());
        if (lasts || classify(failed) == fault::statement)
            log::error("caretaking failed", {{"error", printable(failed.what())}});
        database_.reset();
        return waits_.next();
    }
}

bool caretaker::due(clock::time_point& next, std::chrono::milliseconds interval) {
    if (clock::now() < next) return false;
    next = clock::now() + interval;
    return true;
}

std::chrono::milliseconds caretaker::promote() {
    using std::chrono::milliseconds;
    auto const row = database_->run(sql::promote_jobs, pq::params{promoted_at_once})[0];
    auto longest = std::min(state_->options.lease / 8, milliseconds{250});
    for (auto const& group : state_->options.groups) longest = std::min(longest, group.poll_interval);
    if (row["next_in_ms"].is_null()) return longest;
    return std::clamp(milliseconds{row["next_in_ms"].as<std::int64_t>()}, milliseconds{1}, longest);
}

void caretaker::rescue() {
    std::vector<liveness_watch::sight> workers;
    shortest_lease_ = state_->options.lease;
    for (auto const& row : database_->run(sql::worker_beats)) {
        workers.push_back(
            {.worker = row["id"].as<std::int64_t>(),
             .name = row["name"].as<std::string>(),
             .lease = std::chrono::milliseconds{row["lease_ms"].as<std::int64_t>()},
             .beat = row["beat"].is_null() ? std::nullopt : std::optional{row["beat"].as<std::int64_t>()}});
        shortest_lease_ = std::min(shortest_lease_, workers.back().lease);
    }
    for (auto const& dead : watch_.look(workers, clock::now())) {
        auto const jobs = database_->run(sql::rescue_jobs,
                                         pq::params{dead.worker, dead.beat.value_or(0), state_->options.crash_limit});
        log::warning("a worker is dead, its jobs are given to others",
                     {{"worker", dead.worker}, {"name", dead.name}, {"jobs", jobs.size()}});
        for (auto const& job : jobs) {
            if (std::string_view{job["state"].c_str()} != "dead") continue;
            log::error(
                "a job is dead: its workers died",
                {{"job", job["id"].c_str()}, {"kind", job["kind"].c_str()}, {"crashes", job["crashes"].c_str()}});
        }
    }
}

void caretaker::keep_records() {
    auto const row =
        database_->run(sql::keep_processed_jobs, pq::params{state_->options.retention.count(), days_ahead})[0];
    if (row["more"].as<bool>()) next_keeping_ = clock::now();
}

void caretaker::rescue_orphans() {
    auto const jobs = database_->run(sql::rescue_orphans);
    if (!jobs.empty()) log::warning("jobs of workers that are not registered are ready again", {{"jobs", jobs.size()}});
}

void caretaker::report_unknown_kinds() {
    std::set<std::string> queues;
    for (auto const& group : state_->options.groups) queues.insert(group.queues.begin(), group.queues.end());
    for (auto const& queue : queues) {
        for (auto const& row : database_->run(sql::unknown_kinds, pq::params{queue, looked_at_for_unknown_kinds})) {
            log::warning("no worker knows this kind, its jobs wait",
                         {{"queue", queue}, {"kind", row["kind"].c_str()}, {"jobs", row["jobs"].c_str()}});
        }
    }
}

} // namespace txq
