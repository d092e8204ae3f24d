// In a fair queue tenants take turns: shown by the places that jobs get, and by the order in which they are run.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/command.hpp>
#include <support/eventually.hpp>
#include <support/explain.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <algorithm>
#include <latch>
#include <mutex>

using namespace txq;
using namespace txq::test;

namespace {

/// A database with a relay, and a queue `default` that is fair.
class fair_queue {
  public:
    fair_queue() { db.query("select txq.set_queue('default', fair => true)"); }

    void enqueue(std::string const& tenant, int count, std::string const& more = "") {
        db.query("select txq.enqueue('test', '{}', tenant => " + (tenant.empty() ? "null" : "'" + tenant + "'") + more +
                 ") from generate_series(1, " + std::to_string(count) + ")");
        relay_.move_all();
    }
    /// The first letters of the tenants of the jobs that wait, in the order of the queue.
    std::string line(int length = 1000) {
        return db.value("select coalesce(string_agg(coalesce(left(tenant, 1), '-'), '' order by seq), '') from (select "
                        "tenant, seq from txq.jobs where state = 'ready' order by seq limit " +
                        std::to_string(length) + ") as first");
    }
    /// As a worker that claims the first ones, notes it, and is done with them.
    void serve(int count) {
        db.query("with done as (delete from txq.jobs where id in (select id from txq.jobs where state = 'ready' order "
                 "by seq limit " +
                 std::to_string(count) +
                 ") returning seq) insert into txq.queue_progress (queue, priority, seq) select 'default', 2, max(seq) "
                 "from done");
    }

    database db;

  private:
    relay_by_hand relay_{db};
};

/// Notes whose jobs were run, in that order, once it has been let go.
class noted_handler {
  public:
    registry handlers() {
        return one_handler([this](raw_job const& job, context&) {
            go_.wait();
            std::lock_guard const lock{mutex_};
            order_ += job.tenant.empty() ? '-' : job.tenant.front();
        });
    }
    void let_go() { go_.count_down(); }
    std::string order() {
        std::lock_guard const lock{mutex_};
        return order_;
    }

  private:
    std::latch go_{1};
    std::mutex mutex_;
    std::string order_;
};

/// Puts ready jobs into a fair queue as the relay leaves them: of one tenant after the other, and of the first again.
void put_fair_jobs(database& db, int count, int tenants) {
    auto const all = "array[" + std::to_string(count) + "]";
    auto const tenant = "'t' || i % " + std::to_string(tenants);
    db.query("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, "
             "enqueued_at, payload, tenant) "
             "select id, id, 'default', 'test', 2, 3, 'ready', place, now(), now(), '{}', " +
             tenant +
             " from (select i, place, txq.uuid_v7() as id from unnest(txq.take_places(array_fill('default'::text, " +
             all + "), array_fill(2::smallint, " + all + "), (select array_agg(" + tenant +
             " order by i) from generate_series(1, " + std::to_string(count) +
             ") as i))) with ordinality as given (place, i)) as new");
}

int count_of(std::string const& text, char letter) { return static_cast<int>(std::ranges::count(text, letter)); }

} // namespace

TEST_CASE("ten jobs of a tenant wait behind ten of another one and not behind all of them") {
    fair_queue queue;
    queue.enqueue("big", 2'000);
    queue.enqueue("small", 10);
    CHECK(count_of(queue.line(21), 's') == 10);
}

TEST_CASE("jobs of a queue that is not fair are in the order in which they came") {
    fair_queue queue;
    queue.enqueue("big", 20, ", queue => 'other'");
    queue.enqueue("small", 3, ", queue => 'other'");
    CHECK(queue.line() == std::string(20, 'b') + "sss");
}

TEST_CASE("tenants that come later take turns with those that wait") {
    fair_queue queue;
    queue.enqueue("a", 6);
    queue.enqueue("b", 4);
    queue.enqueue("c", 2);
    CHECK(queue.line() == "abcabcababaa");
    queue.serve(3);
    queue.enqueue("d", 2);
    CHECK(queue.line() == "abcdabdabaa");
}

TEST_CASE("a tenant has as many jobs at each of its turns as its weight says") {
    fair_queue queue;
    queue.db.query("select txq.set_tenant('heavy', 3)");
    queue.enqueue("light", 4);
    queue.enqueue("heavy", 12);
    auto const line = queue.line(12);
    CHECK(count_of(line, 'h') >= 8);
    CHECK(count_of(line, 'l') >= 3);
}

TEST_CASE("jobs without a tenant are those of one") {
    fair_queue queue;
    queue.enqueue("", 4);
    queue.enqueue("a", 2);
    CHECK(queue.line() == "-a-a--");
}

TEST_CASE("a tenant that comes back has no turns left over from before") {
    fair_queue queue;
    queue.enqueue("regular", 100);
    queue.enqueue("guest", 1);
    queue.serve(61);
    queue.enqueue("guest", 10);
    CHECK(queue.line(20) == "rgrgrgrgrgrgrgrgrgrg");
}

TEST_CASE("what is enqueued in many transactions takes turns as what is enqueued in one") {
    fair_queue queue;
    queue.enqueue("a", 3);
    for (int i = 0; i < 3; ++i) queue.enqueue("b", 1);
    CHECK(queue.line() == "ababab");
}

TEST_CASE("jobs of other priorities do not count") {
    fair_queue queue;
    queue.enqueue("a", 50, ", priority => 0");
    queue.enqueue("a", 2);
    queue.enqueue("b", 2);
    queue.db.query("delete from txq.jobs where priority = 0");
    CHECK(queue.line() == "abab");
}

TEST_CASE("jobs whose time comes and jobs that are retried are the last of their tenant") {
    fair_queue queue;
    queue.enqueue("a", 3);
    queue.enqueue("b", 1, ", delay => '1 hour'");
    queue.enqueue("c", 1, ", delay => '1 hour'");
    queue.enqueue("a", 1, ", delay => '1 hour'");
    session worker{{.where = connection_info::parse(queue.db.url())}};
    queue.db.query("update txq.jobs set run_at = now() - interval '1 minute' where tenant in ('a', 'b')");
    CHECK(worker.run(sql::promote_jobs, pq::params{10, "-infinity"})[0]["promoted"].as<int>() == 2);
    CHECK(queue.line() == "abaaa");
    auto const id = queue.db.value("select id from txq.jobs where tenant = 'c'");
    CHECK(run_txq(queue.db, {"jobs", "retry", id}).status == 0);
    CHECK(queue.line() == "abcaaa");
}

TEST_CASE("runs of schedules have their turns") {
    fair_queue queue;
    queue.enqueue("a", 3);
    queue.db.query("select txq.add_schedule('s', '@daily', 'test'), txq.run_schedule('s')");
    CHECK(queue.line() == "a-aa");
    queue.db.query("select txq.add_schedule('s', '@daily', 'test', tenant => 'b'), txq.run_schedule('s')");
    CHECK(queue.line() == "a-baa");
}

TEST_CASE("a job that comes to an empty queue is behind all that was claimed") {
    fair_queue queue;
    queue.enqueue("a", 100);
    auto const last = queue.db.value("select max(seq) from txq.jobs");
    queue.db.query("delete from txq.jobs");
    queue.enqueue("b", 1);
    CHECK(queue.db.value("select min(seq) > " + last + " from txq.jobs") == "t");
}

TEST_CASE("a job that nobody can run does not give others a place before those that wait") {
    fair_queue queue;
    queue.enqueue("x", 1);
    queue.db.query("update txq.jobs set kind = 'unknown'");
    queue.enqueue("a", 20);
    queue.db.query("insert into txq.queue_progress (queue, priority, seq) select 'default', 2, seq from txq.jobs where "
                   "tenant = 'a' order by seq offset 9 limit 1");
    queue.db.query("delete from txq.jobs where tenant = 'a' and seq <= (select max(seq) from txq.queue_progress)");
    queue.enqueue("b", 3);
    CHECK(queue.line(7) == "xababab");
}

TEST_CASE("a queue becomes fair for what comes and stops being so in the order in which jobs come") {
    fair_queue queue;
    queue.db.query("select txq.set_queue('other', fair => true)");
    queue.db.query("delete from txq.queues where name = 'default'");
    queue.enqueue("a", 3);
    CHECK(run_txq(queue.db, {"queues", "set", "default", "--fair"}).out ==
          "default is fair: tenants take turns; jobs that wait already keep their places\n");
    queue.enqueue("a", 2);
    queue.enqueue("b", 2);
    CHECK(queue.line() == "aaaabab");
    CHECK(run_txq(queue.db, {"queues", "set", "default", "--no-fair"}).status == 0);
    queue.enqueue("d", 2);
    queue.enqueue("c", 1);
    CHECK(queue.line() == "aaaababddc");
}

TEST_CASE("a worker runs ten jobs of a tenant among the first of another one's million") {
    fair_queue queue;
    put_fair_jobs(queue.db, 1'000'000, 1);
    noted_handler noted;
    worker_options options;
    options.groups = {{.threads = 2, .prefetch = 10}};
    running_worker worker{queue.db, noted.handlers(), options};
    queue.db.wait_until("select count(*) > 0 from txq.workers", "t");
    queue.enqueue("small", 10);
    noted.let_go();
    REQUIRE(eventually([&] { return count_of(noted.order(), 's') == 10; }));
    worker.stop();
    auto const order = noted.order();
    CHECK(order.find_last_of('s') < 100);
    CHECK(queue.db.number("select count(*) from txq.processed_jobs") < 1'000'000);
}

TEST_CASE("workers say how far the jobs of fair queues have been claimed and keep one row of it") {
    fair_queue queue;
    queue.enqueue("a", 50);
    auto const last = queue.db.value("select max(seq) from txq.jobs");
    running_worker const worker{queue.db, one_handler([](raw_job const&, context&) {})};
    queue.db.wait_until("select max(seq) from txq.queue_progress", last);
    queue.enqueue("a", 50);
    queue.db.wait_until("select min(seq) > " + last + " from txq.queue_progress", "t");
    CHECK(queue.db.number("select count(*) from txq.queue_progress") <= 2);
}

/// Of claims and places in a fair queue with that many jobs of ten thousand tenants: the bounds are the same for any
/// number.
void check_buffers(int millions) {
    database db;
    db.query("select txq.set_queue('default', fair => true)");
    for (int done = 0; done < millions; ++done) put_fair_jobs(db, 1'000'000, 10'000);
    CHECK(db.value("select count(*) || ' of ' || count(distinct tenant) from txq.jobs where state = 'ready'") ==
          std::to_string(millions) + "000000 of 10000");
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('plan:1', '1 second', '{default}', '{test}')");
    explaining_session session{db};
    statement const places{"places", "select txq.take_places($1::text[], $2::smallint[], $3::text[])"};
    CHECK(buffers(session.run(sql::lock_jobs, "1, 'default', '{test}', 100, '{0,0,0,0}'")) < 100 * 12);
    CHECK(buffers(session.run(sql::claim_jobs, "1, 'default', '{test}', 100, false, '{0,0,0,0}', null")) < 100 * 25);
    auto const tenants = db.value("select array_agg('t' || i % 100) from generate_series(0, 399) as i");
    auto const of_each =
        "array_fill('default'::text, array[400]), array_fill(2::smallint, array[400]), '" + tenants + "'";
    session.run(places, of_each); // the first time it reads what it is made of
    CHECK(buffers(session.run(places, of_each)) < 100 * 20);
}

TEST_CASE("claims and places stay cheap while a million jobs of ten thousand tenants wait") { check_buffers(1); }

// Takes minutes and 6 GB, so it is not among those that ctest runs: txq_db_tests '[ten million]'. docs/performance.md
// has what it has shown.
TEST_CASE("claims and places stay cheap while ten million jobs of ten thousand tenants wait", "[.][ten million]") {
    check_buffers(10);
}
