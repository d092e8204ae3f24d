// Jobs that somebody keeps locked in a transaction that stays open: a worker goes on with all others.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/gone.hpp>
#include <support/questions.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace txq;
using namespace txq::test;
using namespace std::chrono_literals;

namespace {

worker_options with_short_lease() {
    worker_options options;
    options.lease = 2s;
    return options;
}

/// How many sessions wait for a row that somebody else has locked.
constexpr auto wait_for_a_row = "select count(*) from pg_stat_activity where datname = current_database() and "
                                "wait_event_type = 'Lock' and wait_event in ('tuple', 'transactionid')";
constexpr auto wait_at_the_gate = "select count(*) from pg_stat_activity where datname = current_database() and "
                                  "wait_event_type = 'Lock' and wait_event = 'advisory'";

/// Long before a statement is given up, or everything is looked for again.
bool soon(database const& db, std::string const& number_of_processed) {
    return questions{db.url()}.becomes(processed, number_of_processed, 15s);
}

/// An application writes a job, as soon as whoever has its row now lets it, in a transaction that stays open.
void write_job(transaction& application, std::string const& which) {
    application.run("update txq.jobs set headers = headers where id = (select id from txq.jobs where " + which +
                    " order by seq limit 1)");
}

} // namespace

TEST_CASE("a job that somebody keeps locked does not keep the others of a lost claim from being given back") {
    database db;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_short_lease()};
    db.wait_until("select count(*) from txq.workers", "1");
    put_lost_claim(db);
    transaction application{db};
    write_job(application, "true");
    end_claimer(db);
    CHECK(soon(db, "2"));
    application.roll_back();
    CHECK(soon(db, "3"));
}

TEST_CASE("a lost claim whose jobs could not be given back is looked for again") {
    database db;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_short_lease()};
    db.wait_until("select count(*) from txq.workers", "1");
    db.query("create sequence refusals");
    db.query("create function refuse_once() returns trigger language plpgsql as $$ begin "
             "if nextval('public.refusals') = 1 then raise 'not now'; end if; return new; end $$");
    db.query("create trigger refuse_once before update on txq.jobs for each row when (old.state = 'running' and "
             "new.state = 'ready') execute function refuse_once()");
    put_lost_claim(db);
    end_claimer(db);
    CHECK(soon(db, "3"));
    CHECK(db.number("select last_value from refusals") > 1);
}

TEST_CASE("a job that somebody locks between its claim and its count keeps no other one from being run") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    // holds up the claim of the first job until somebody else waits for that
    db.query("create function hold() returns trigger language plpgsql as $$ begin "
             "perform pg_advisory_xact_lock(1); return null; end $$");
    db.query("create trigger hold after update on txq.jobs for each row when (old.state = 'ready' and new.state = "
             "'running' and new.payload ? 'first') execute function hold()");
    db.query("select pg_advisory_lock(1)");
    put_jobs(db, {.payload = R"({"first": true})"});
    worker_options options = with_short_lease();
    options.groups[0].leases = lease_mode::always;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), options};
    db.wait_until(wait_at_the_gate, "1");
    transaction application{db};
    auto locked = std::async(std::launch::async, [&] { write_job(application, "payload ? 'first'"); });
    db.wait_until(wait_for_a_row, "1");
    db.query("select pg_advisory_unlock(1)");
    locked.get();
    put_jobs(db, {.count = 20});
    CHECK(soon(db, "20"));
    application.roll_back();
    CHECK(soon(db, "21"));
}

TEST_CASE("a job that somebody keeps locked does not keep the others of its batch from being recorded") {
    database db;
    transaction application{db};
    std::thread waits;
    std::atomic<bool> open{false};
    std::atomic<int> runs{0};
    registry handlers;
    handlers.add("test", [&](raw_job const&, context&) { ++runs; });
    handlers.add("slow", [&](raw_job const&, context&) {
        waits = std::thread{[&] { write_job(application, "kind = 'test' and state = 'ready'"); }};
        open.wait(false);
    });
    running_worker const worker{db, std::move(handlers), with_short_lease()};
    put_jobs(db, {.count = 2000});
    db.wait_until(processed, "2000"); // they are quick, so they are claimed by locks
    // when somebody waits for what it has locked
    db.query(
        "create function killed() returns trigger language plpgsql as $$ begin "
        "while not exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))) "
        "loop perform pg_sleep(0.001); end loop; perform pg_terminate_backend(pg_backend_pid()); return new; end $$");
    db.query("create sequence deaths");
    // the lease of the slow job is what the session dies of that has locked the batch, once
    db.query("create trigger killed after update on txq.jobs for each row "
             "when (new.state = 'running' and nextval('public.deaths') = 1) execute function killed()");
    db.query("with put as (insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, "
             "run_at, enqueued_at, payload) select gen_random_uuid(), gen_random_uuid(), 'default', "
             "case n when 1 then 'slow' else 'test' end, 2, 20, 'ready', nextval('txq.job_seq'), now(), now(), '{}' "
             "from generate_series(1, 21) as n returning queue) select pg_notify('txq_jobs', min(queue)) from put");
    db.wait_until(processed, "2019"); // all but the slow one and the one that is locked
    waits.join();
    CHECK(runs == 2020);
    open = true;
    open.notify_all();
    db.wait_until(processed, "2020");
    application.roll_back();
    db.wait_until(processed, "2021"); // again, when nobody can be running it any more
    CHECK(runs == 2021);
}

TEST_CASE("a dead worker that cannot be rescued does not keep others from being rescued") {
    database db;
    put_jobs(db, {.count = 2});
    put_dead_workers(db, 2);
    db.query("create function refuse() returns trigger language plpgsql as $$ begin raise 'never'; end $$");
    db.query("create trigger refuse before update on txq.jobs for each row when (old.state = 'running' and old.worker "
             "= " +
             db.value("select min(id) from txq.workers") + ") execute function refuse()");
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_short_lease()};
    db.wait_until(processed, "1");
    CHECK(db.value(dead_workers) == "gone:1");
}

TEST_CASE(
    "the jobs of a dead worker are given to others also where a failed attempt with their id and fence is known") {
    database db;
    put_jobs(db, {.count = 2});
    put_dead_workers(db);
    // of an earlier job whose id an application has used again
    db.query("insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message) "
             "select id, 1, 1, 'earlier', now(), 'test', 'test' from txq.jobs limit 1");
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_short_lease()};
    db.wait_until(processed, "2");
}
