#pragma once

#include <string>

#include <support/database.hpp>
#include <support/running_worker.hpp>

namespace txq::test {

/// Registers so many workers, gone:1 and so on, who give no sign of life any more: the jobs that there are run there,
/// one of them with each in turns.
inline void put_dead_workers(database& db, int count = 1) {
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) select 'gone:' || n, '1 second', '{default}', '{test}' "
        "from generate_series(1, " +
        std::to_string(count) + ") as n");
    db.query("insert into txq.worker_beats (worker, beat) select id, 7 from txq.workers");
    db.query("update txq.jobs set state = 'running', claimed_at = now(), attempt = 1, fence = 1, worker = gone.id "
             "from (select id, row_number() over (order by id) as n from txq.workers) as gone "
             "where gone.n = 1 + ((select count(*) from txq.jobs as other where other.id < jobs.id) % " +
             std::to_string(count) + ")");
}

/// Those who have not been rescued.
constexpr auto dead_workers =
    "select coalesce(string_agg(name, ' ' order by id), '') from txq.workers where name like 'gone%'";

/// Three jobs that the worker has claimed without hearing of it.
inline void put_lost_claim(database& db) {
    put_jobs(db, {.queue = "nobody's", .count = 3});
    db.query(
        "update txq.jobs set queue = 'default', state = 'running', worker = (select id from txq.workers), attempt = 1, "
        "fence = 1, claimed_at = now()");
}

/// So that the worker knows that it may have lost one.
inline void end_claimer(database& db) {
    db.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and "
             "application_name = 'txq-worker claimer'");
}

} // namespace txq::test
