#include "world.hpp"

#include <algorithm>
#include <thread>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>

namespace txq::interleavings {

namespace {

std::string id_of(int number) { return "00000000-0000-7000-8000-" + std::string(11, '0') + std::to_string(number); }

constexpr int no_crash_kills = 10;

} // namespace

std::string array_of(std::vector<std::string> const& values) {
    std::string text;
    for (auto const& one : values) text += (text.empty() ? "" : ",") + one;
    return '{' + text + '}';
}

world::world() : session_{{.where = connection_info::parse(db_.url())}}, sessions_{db_.url()} {
    db_.query("create table effects (operation uuid not null); set synchronous_commit = off");
}

void world::empty() {
    db_.query("delete from txq.jobs; delete from txq.processed_jobs; delete from txq.workers; delete from "
              "txq.worker_beats; delete from txq.failed_attempts; delete from effects");
    jobs_ = 0;
    operations_.clear();
    workers_.clear();
    found_dead_.clear();
    dead_.clear();
    running_.clear();
    fences_.clear();
    violations_.clear();
}

void world::put_job(int number, int operation) {
    ++jobs_;
    operations_.insert(operation);
    db_.query("insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, max_attempts, "
              "enqueued_at, payload) values ('" +
              id_of(number) + "', '" + id_of(operation) + "', 'default', 'test', 2, 'ready', " +
              std::to_string(number) + ", now(), 5, now(), '{}')");
}

long world::register_worker() {
    auto const id =
        session_.run(sql::register_worker, pq::params{"test:1", 1000, "{default}", "{test}"})[0]["id"].as<long>();
    workers_.insert(id);
    return id;
}

void world::begins(int who, long worker, attempt const& one) {
    auto& fence = fences_[one.job];
    if (std::stoll(one.fence) <= fence) violated("job " + one.job + " was claimed twice under the fence " + one.fence);
    fence = std::max(fence, std::stoll(one.fence));
    auto& others = running_[one.job];
    for (auto const& other : others)
        if (!dead_.contains(other.who) && !found_dead_.contains(other.worker))
            violated("job " + one.job + " is run by " + std::to_string(other.who) + " and " + std::to_string(who));
    others.push_back({who, worker, one.fence});
}

void world::ends(int who, std::string const& job) {
    std::erase_if(running_[job], [who](running const& one) { return one.who == who; });
}

void world::refused(int who, long worker, std::string const& job) {
    ends(who, job);
    if (!found_dead_.contains(worker))
        violated("job " + job + " was not the one of " + std::to_string(who) + " any more, whom nobody had found dead");
}

void world::look_for_the_dead() {
    std::set<long> registered;
    for (auto const& row : db_.query("select id from txq.workers")) registered.insert(row[0].as<long>());
    for (auto const one : workers_)
        if (!registered.contains(one)) found_dead_.insert(one);
}

void world::dies(int who) { dead_.insert(who); }

void world::rescue(long worker) {
    pqxx::work tx{session_.connection()};
    session_.run(tx, sql::lock_worker, pq::params{worker});
    std::optional<std::string> const beat =
        tx.exec("select coalesce(max(beat)::text, '') from txq.worker_beats where worker = " +
                std::to_string(worker))[0][0]
            .c_str();
    session_.run(tx, sql::rescue_jobs, pq::params{worker, *beat, no_crash_kills});
    tx.commit();
}

void world::settle() {
    for (auto const one : workers_) rescue(one);
    session_.run(sql::rescue_orphans);
    look_for_the_dead();
    finish_jobs();
}

void world::finish_jobs() {
    auto const worker = register_worker();
    for (int round = 0; round < 2 * (jobs_ + 1); ++round) {
        auto const now = session_.run(sql::next_transaction)[0]["xid"].as<std::string>();
        auto const suspects = round % 2 == 1; // whose workers have died more than once
        auto const jobs =
            session_.run(sql::claim_jobs, pq::params{worker, "default", "{test}", 1, suspects, "{0,0,0,0}", now});
        for (auto const& job : jobs) {
            std::string const id = job["id"].c_str();
            begins(-1, worker, {id, job["operation_id"].c_str(), job["fence"].c_str()});
            if (job["processed_as"].is_null())
                db_.query("insert into effects values ('" + std::string{job["operation_id"].c_str()} + "')");
            session_.run(sql::complete_jobs,
                         pq::params{worker, "{" + id + "}", "{" + std::string{job["fence"].c_str()} + "}"});
        }
    }
}

std::vector<std::string> const& world::check() {
    if (auto const left = db_.number("select count(*) from txq.jobs"); left != 0)
        violated(std::to_string(left) +
                 " jobs are left: " + db_.value("select string_agg(state || ' fence ' || fence, ', ') from txq.jobs"));
    for (auto const one : operations_) {
        auto const where = " where operation_id = '" + id_of(one) + "'";
        if (db_.number("select count(*) from txq.processed_jobs" + where) != 1)
            violated("operation " + std::to_string(one) + " is not recorded once");
        if (auto const effects = db_.number("select count(*) from effects where operation = '" + id_of(one) + "'");
            effects > 1)
            violated("operation " + std::to_string(one) + " has " + std::to_string(effects) + " effects");
    }
    return violations_;
}

bool world::waits(int process) {
    return db_.number("select count(*) from pg_locks where not granted and pid = " + std::to_string(process)) > 0;
}

void world::end(int process) {
    auto const who = std::to_string(process);
    db_.query("select pg_terminate_backend(" + who + ")");
    db_.wait_until("select count(*) from pg_stat_activity where pid = " + who, "0");
}

} // namespace txq::interleavings
