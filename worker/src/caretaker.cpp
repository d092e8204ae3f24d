#include "caretaker.hpp"

#include <algorithm>

#include <txq/detail/schema.hpp>
#include <txq/log.hpp>

#include "failure_report.hpp"
#include "next_in_order.hpp"

namespace txq {

namespace {

using std::chrono::seconds;

/// At most, also where all leases are long: a worker whose lease is short may come at any time.
constexpr std::chrono::milliseconds between_looks{500};
constexpr int promoted_at_once = 1000;
constexpr int looked_at_for_unknown_kinds = 10'000;
constexpr int orders_looked_at = 2000;
constexpr int limit_keys_looked_at = 100;

/// A look that gets long takes no more than one part in so many of the time.
constexpr int share = 20;

constexpr auto after_failure = seconds{5};

/// For others. What it does is done a little later just as well, and what else it has to do must not wait for that.
constexpr std::chrono::milliseconds lock_patience{500};

/// For as long as that: the next look is soon.
bool is_kept_locked(std::exception const& failed) { return pq::sqlstate(failed) == "55P03"; }

} // namespace

caretaker::caretaker(std::shared_ptr<shared_state> state, std::function<void(error const&)> on_outdated)
    : state_{std::move(state)},
      on_outdated_{std::move(on_outdated)} {
    auto const now = clock::now();
    duties_ = {{"look_at_schema", [this] { return look_at_schema(); }, now + between_schema_looks},
               {"rescue", [this] { return rescue(); }, now},
               {"promote", [this] { return promote(); }, now},
               {"rescue_orphans", [this] { return rescue_orphans(); }, now + seconds{5}},
               {"let_orders_go_on", [this] { return let_orders_go_on(); }, now},
               {"let_parked_jobs_go_on", [this] { return let_parked_jobs_go_on(); }, now},
               {"report_unknown_kinds", [this] { return report_unknown_kinds(); }, now + seconds{10}},
               {"keep", [this] { return keep(); }, now}};
}

std::chrono::milliseconds caretaker::step() {
    try {
        if (!database_) {
            auto options = state_->session_options("caretaker");
            options.lock_timeout = lock_patience;
            options.idle_in_transaction_timeout = state_->options.lease; // others wait for what it has locked
            database_ = std::make_unique<session>(options);
            due_.forget();
        }
        for (auto& one : duties_) run(one);
        waits_.reset();
        return until_next();
    } catch (std::exception const& failed) {
        // the heart says that the database is away
        if (trouble_.on_failure(clock::now(), state_->lease_holds(), false))
            log::error("caretaking failed, trying again", {{"error", printable(failed.what())}});
        database_.reset();
        return waits_.next();
    }
}

/// One that the database refuses does not keep the others from being done.
void caretaker::run(duty& one) {
    if (clock::now() < one.next) return;
    try {
        auto const wait = one.run();
        one.next = clock::now() + wait;
    } catch (std::exception const& failed) {
        auto const why = classify(failed);
        if (why == fault::connection || why == fault::in_doubt) throw;
        if (one.refusals.due(clock::now()))
            log::error("caretaking failed, trying again", {{"duty", one.name}, {"error", printable(failed.what())}});
        one.next = clock::now() + after_failure;
    }
}

std::chrono::milliseconds caretaker::until_next() const {
    auto const next = std::ranges::min(duties_, {}, &duty::next).next;
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(next - clock::now()));
}

/// Nothing while another one does it.
pqxx::result caretaker::run_alone(statement const& what, pq::params const& with) {
    auto const bounded = database_->bound();
    pqxx::work tx{database_->connection()};
    database_->begin(tx);
    if (!database_->run(tx, sql::lock_duty, pq::params{what.name})[0]["mine"].as<bool>()) return {};
    auto rows = database_->run(tx, what, with);
    tx.commit();
    return rows;
}

/// Looks without anything to keep others out as long as nothing is due.
std::chrono::milliseconds caretaker::promote() {
    auto const from = due_.begin(clock::now());
    auto row = database_->run(sql::promote_jobs, pq::params{0, from})[0];
    auto const is_due = !row["next_in_ms"].is_null() && row["next_in_ms"].as<std::int64_t>() <= 0;
    if (is_due) {
        auto const rows = run_alone(sql::promote_jobs, pq::params{promoted_at_once, from});
        if (rows.empty()) return while_another_does_.next();
        row = rows[0];
    }
    auto const promoted = row["promoted"].as<int>();
    due_.end(clock::now(), row["seen_to"].c_str(), promoted < promoted_at_once);
    if (is_due && promoted == 0) return while_another_does_.next(); // somebody has locked what is due
    while_another_does_.reset();
    if (promoted == promoted_at_once) return milliseconds{0};
    auto longest = milliseconds{250};
    for (auto const& group : state_->options.groups) longest = std::min(longest, group.poll_interval);
    if (row["next_in_ms"].is_null()) return pauses_.spread(longest);
    return std::clamp(milliseconds{row["next_in_ms"].as<std::int64_t>()}, milliseconds{1}, longest);
}

std::chrono::milliseconds caretaker::rescue() {
    std::vector<liveness_watch::sight> workers;
    for (auto const& row : database_->run(sql::worker_beats)) {
        workers.push_back(
            {.worker = row["id"].as<std::int64_t>(),
             .name = row["name"].as<std::string>(),
             .lease = std::chrono::milliseconds{row["lease_ms"].as<std::int64_t>()},
             .beat = row["beat"].is_null() ? std::nullopt : std::optional{row["beat"].as<std::int64_t>()}});
    }
    for (auto const& dead : watch_.look(workers, clock::now())) try_to_rescue_jobs_of(dead);
    return watch_.interval(std::min(state_->options.lease / 8, between_looks));
}

/// One whose places of a limit somebody keeps locked, such as a transaction that removes it, or that the database
/// refuses to rescue, is for a later look. The others of this one are not.
void caretaker::try_to_rescue_jobs_of(liveness_watch::sight const& dead) {
    try {
        rescue_jobs_of(dead);
    } catch (std::exception const& failed) {
        if (classify(failed) != fault::statement) throw;
        auto const is_news = !is_kept_locked(failed) && refusals_.due(clock::now());
        log::event(is_news ? log::level::error : log::level::debug, "a dead worker cannot be rescued yet, trying again",
                   {{"worker", dead.worker}, {"error", printable(failed.what())}});
    }
}

void caretaker::rescue_jobs_of(liveness_watch::sight const& dead) {
    auto const bounded = database_->bound();
    pqxx::work tx{database_->connection()};
    database_->begin(tx);
    if (database_->run(tx, sql::lock_worker, pq::params{dead.worker}).empty()) return; // somebody else has
    auto const jobs =
        database_->run(tx, sql::rescue_jobs, pq::params{dead.worker, dead.beat, state_->options.crash_limit});
    tx.commit();
    log::warning("a worker is dead, its jobs are given to others",
                 {{"worker", dead.worker}, {"name", dead.name}, {"jobs", jobs.size()}});
    for (auto const& job : jobs) {
        tell_hook(job);
        if (std::string_view{job["state"].c_str()} != "dead") continue;
        log::error("a job is dead: its workers died",
                   {{"job", job["id"].c_str()}, {"kind", job["kind"].c_str()}, {"crashes", job["crashes"].c_str()}});
    }
}

void caretaker::tell_hook(pqxx::row const& rescued) const {
    if (state_->options.on_failure) state_->options.on_failure(report_of_rescued(rescued, state_->name));
}

std::chrono::milliseconds caretaker::rescue_orphans() {
    auto const began = clock::now();
    auto const jobs = run_alone(sql::rescue_orphans);
    if (!jobs.empty()) log::warning("jobs of workers that are not registered are ready again", {{"jobs", jobs.size()}});
    // it walks over all that was ever running while somebody holds an old snapshot
    return std::max(milliseconds{5000}, std::chrono::ceil<milliseconds>((clock::now() - began) * share));
}

/// A net: whoever ends a job, or adds one, lets the next one run himself if he lives long enough.
std::chrono::milliseconds caretaker::let_orders_go_on() {
    auto const began = clock::now();
    auto const found =
        database_->run(sql::stalled_orders, pq::params{last_order_.queue, last_order_.key, orders_looked_at})[0];
    last_order_ = {};
    auto next = between_looks;
    if (!found["last_queue"].is_null()) {
        last_order_ = {found["last_queue"].c_str(), found["last_key"].c_str()};
        next = milliseconds{0};
    }
    try {
        if (!found["queues"].is_null())
            let_next_in_order_run(*database_, pq::params{found["queues"].c_str(), found["order_keys"].c_str()});
    } catch (pqxx::sql_error const& failed) {
        if (!is_kept_locked(failed)) throw; // others are at it
    }
    return std::max(next, std::chrono::ceil<milliseconds>((clock::now() - began) * share));
}

/// A net as well, and what lets jobs go on when a limit is raised or removed.
std::chrono::milliseconds caretaker::let_parked_jobs_go_on() {
    auto const began = clock::now();
    auto const found =
        database_->run(sql::sweep_parked, pq::params{last_parked_.limit, last_parked_.key, limit_keys_looked_at})[0];
    auto const there_are_more = !found["last_limit"].is_null();
    last_parked_ = {};
    if (there_are_more) last_parked_ = {found["last_limit"].as<std::int64_t>(), found["last_key"].c_str()};
    auto const part = found["released"].as<int>() > 0 ? 2 : share; // of the time, where there is something to do
    return std::max(there_are_more ? milliseconds{0} : between_looks,
                    std::chrono::ceil<milliseconds>((clock::now() - began) * part));
}

std::chrono::milliseconds caretaker::report_unknown_kinds() {
    for (auto const& queue : state_->queues()) {
        for (auto const& row : database_->run(sql::unknown_kinds, pq::params{queue, looked_at_for_unknown_kinds})) {
            log::warning("no worker knows this kind, its jobs wait",
                         {{"queue", queue}, {"kind", row["kind"].c_str()}, {"jobs", row["jobs"].c_str()}});
        }
    }
    return seconds{30};
}

std::chrono::milliseconds caretaker::keep() {
    if (keeping_.step(*database_, state_->options)) return milliseconds{0};
    return std::chrono::minutes{10};
}

std::chrono::milliseconds caretaker::look_at_schema() {
    try {
        if (database_->writable()) check_not_outdated(*database_, side::queue);
    } catch (error const& outdated) { on_outdated_(outdated); }
    return between_schema_looks;
}

} // namespace txq
