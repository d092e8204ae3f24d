#pragma once

#include <chrono>
#include <thread>
#include <utility>

#include <txq/worker.hpp>

#include <support/database.hpp>

namespace txq::test {

/// A worker on a thread of its own, stopped at the end of the test.
class running_worker {
  public:
    running_worker(database& db, registry handlers, worker_options options = {})
        : running_worker{db.url(), std::move(handlers), std::move(options)} {}
    running_worker(std::string url, registry handlers, worker_options options = {})
        : worker_{std::move(handlers), with_database(std::move(options), std::move(url))},
          thread_{[this] { worker_.run(); }} {}
    ~running_worker() { stop(); }

    void stop() {
        worker_.stop();
        join();
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    worker& get() { return worker_; }

  private:
    static worker_options with_database(worker_options options, std::string url) {
        options.database = std::move(url);
        for (auto& group : options.groups) group.poll_interval = std::chrono::milliseconds{20};
        return options;
    }

    worker worker_;
    std::thread thread_;
};

inline registry one_handler(auto handler, handler_options options = {}) {
    registry handlers;
    handlers.add("test", std::move(handler), std::move(options));
    return handlers;
}

constexpr auto jobs_left = "select count(*) from txq.jobs";
constexpr auto processed = "select count(*) from txq.processed_jobs";
/// Of the only job there is.
constexpr auto state = "select state from txq.jobs";

/// Of jobs, from now on: how many have been written, each time that it is asked since the last time.
class leases_noted {
  public:
    explicit leases_noted(database& db) : db_{db} {
        db.query("create table leases (id uuid)");
        db.query("create function note_lease() returns trigger language plpgsql as "
                 "'begin insert into public.leases values (new.id); return new; end'");
        db.query("create trigger note_lease after update on txq.jobs for each row execute function note_lease()");
    }
    long take() {
        auto const all = db_.number("select count(*) from leases");
        return all - std::exchange(before_, all);
    }

  private:
    database& db_;
    long before_ = 0;
};

/// What a job of put_jobs is like.
struct job_to_put {
    std::string kind = "test";
    std::string queue = "default";
    int count = 1;
    int max_attempts = 20;
    int priority = 2;
    std::string payload = "{}";
    std::string headers = "{}";
};

/// Puts ready jobs into txq.jobs as the relay would.
inline void put_jobs(pqxx::connection& connection, job_to_put const& what) {
    pqxx::work tx{connection};
    tx.exec(
        "with moved as (insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, "
        "run_at, enqueued_at, payload, headers) "
        "select id, id, " +
        tx.quote(what.queue) + ", " + tx.quote(what.kind) + ", " + std::to_string(what.priority) + ", " +
        std::to_string(what.max_attempts) + ", 'ready', nextval('txq.job_seq'), now(), now(), " +
        tx.quote(what.payload) + ", " + tx.quote(what.headers) +
        " from (select gen_random_uuid() as id from generate_series(1, " + std::to_string(what.count) +
        ")) as new returning queue) select pg_notify('txq_jobs', queue) from (select distinct queue from moved) as q");
    tx.commit();
}

inline void put_jobs(database& db, job_to_put const& what) {
    pqxx::connection connection{db.url()};
    put_jobs(connection, what);
}

} // namespace txq::test
