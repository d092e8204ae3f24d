// Batches that are claimed by locks under limits for each tenant or each value of a payload's field: what they hold.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/running_worker.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace txq;
using namespace txq::test;

namespace {

void put(database& db, int count, std::string const& payload) { put_jobs(db, {.count = count, .payload = payload}); }

/// A worker's locker, which is in the middle of a batch.
struct locked_jobs : registered {
    explicit locked_jobs(database& db, int threads = 16)
        : registered{db},
          places{{.where = connection_info::parse(db.url())}},
          threads_{threads} {}

    /// Whether all of so many may begin.
    bool begin(int jobs) {
        take_locks(jobs);
        return ask();
    }
    void take_locks(int jobs) {
        tx.emplace(on.connection());
        locked = lock(*tx, jobs);
        REQUIRE(static_cast<int>(locked.size()) == jobs);
    }
    bool ask() { return !ask_by_rows(false).empty(); }
    pqxx::result ask_by_rows(bool another) {
        return places.run(sql::admit_batch, pq::params{id, 1, threads_, pq::array(column(locked, "row")), "{}", "{}",
                                                       "{}", "{}", another});
    }
    /// The same of jobs of which only names count, so many of each tenant, both as arrays.
    pqxx::result ask_by_names(std::string const& tenants, std::string const& jobs, bool another = false) {
        std::vector<std::string> const queues(static_cast<std::size_t>(std::ranges::count(jobs, ',')) + 1, "default");
        std::vector<std::string> const kinds(queues.size(), "test");
        return places.run(sql::admit_batch, pq::params{id, 1, threads_, "{}", pq::array(queues), pq::array(kinds),
                                                       tenants, jobs, another});
    }
    using registered::complete;
    void complete() {
        complete_locked(*tx, locked);
        end({}, {});
    }
    /// The first few get leases; the others are as ready as before.
    void lease(int jobs) {
        auto ids = column(locked, "id");
        auto fences = column(locked, "fence");
        ids.resize(static_cast<std::size_t>(jobs));
        fences.resize(static_cast<std::size_t>(jobs));
        on.run(*tx, sql::lease_jobs, pq::params{id, pq::array(ids), pq::array(fences)});
        end(ids, fences);
    }
    /// Whether it holds places of any key.
    bool keep() {
        auto const rows = ask_by_names("{acme}", "{1}", true);
        return !rows.empty() && rows[0]["any_key"].as<bool>();
    }
    int claim_and_admit(int jobs) {
        auto const claimed = claim_settled(jobs);
        return static_cast<int>(on.run(sql::admit_jobs, admission_of(claimed)).size());
    }

    session places;
    std::optional<pqxx::work> tx;
    pqxx::result locked;

  private:
    void end(std::vector<std::string> const& ids, std::vector<std::string> const& fences) {
        on.run(*tx, sql::leave_batch, pq::params{id, "{1}"});
        on.run(*tx, sql::keep_places, pq::params{id, pq::array(ids), pq::array(fences), 1, 1000});
        tx->commit();
        tx.reset();
    }

    int const threads_;
};

constexpr auto held = "select coalesce(string_agg(case when any_key then '*' else key end || ' ' || places, ', ' "
                      "order by any_key, key, worker), '') from txq.limit_batches";
constexpr auto holds = "select count(*) from txq.limit_holds";
constexpr auto parked = "select count(*) from txq.parked_jobs";
constexpr auto limit_of_three = "select txq.set_limit('kind', 'test', 3, each => 'payload.host')";

} // namespace

TEST_CASE("a batch begins if there is room for all of its jobs, and holds their places") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    put(db, 1, R"({"host": "b"})");
    locked_jobs worker{db};
    CHECK(worker.begin(4));
    CHECK(db.value(held) == "a 3, b 1");
    worker.complete();
    CHECK(db.value(held).empty());
    CHECK(db.number(processed) == 4);
}

TEST_CASE("a batch for all of which there is no room does not begin, and holds nothing") {
    database db;
    db.query(limit_of_three);
    put(db, 4, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK_FALSE(worker.begin(4));
    CHECK(db.value(held).empty());
    CHECK(db.number(parked) == 0);
}

TEST_CASE("a batch counts for those who ask for single jobs and for other batches") {
    database db;
    db.query(limit_of_three);
    put(db, 2, R"({"host": "a"})");
    locked_jobs first{db};
    locked_jobs second{db};
    locked_jobs third{db};
    CHECK(first.begin(2));
    put(db, 2, R"({"host": "a"})");
    CHECK_FALSE(second.begin(2));
    second.tx.reset();
    CHECK(third.claim_and_admit(2) == 1);
    CHECK(db.number(parked) == 1);
    first.complete();
    put(db, 2, R"({"host": "a"})");
    CHECK(second.begin(2));
}

TEST_CASE("of a key a batch holds no more places than it has threads") {
    database db;
    db.query(limit_of_three);
    put(db, 20, R"({"host": "a"})");
    locked_jobs worker{db, 2};
    CHECK(worker.begin(20));
    CHECK(db.value(held) == "a 2");
}

TEST_CASE("a batch of jobs whose payloads no limit asks for says how many they are of each tenant") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 3, each => 'tenant')");
    locked_jobs worker{db, 2};
    auto const ask = [&](std::string const& jobs) { return !worker.ask_by_names("{acme,null}", jobs).empty(); };
    CHECK(ask("{30,1}"));
    CHECK(db.value(held) == " 1, acme 2");
    worker.places.run(sql::leave_batch, pq::params{worker.id, "{1}"});
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant')");
    CHECK_FALSE(ask("{30,1}"));
    db.query("select txq.set_limit('kind', 'test', 9, each => 'tenant', cost => 'payload.n')"); // not known to it yet
    CHECK_FALSE(ask("{1,1}"));
    CHECK(db.value(held).empty());
}

TEST_CASE("a batch that is refused since a limit has changed holds nothing any more of what it kept") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    locked_jobs worker{db, 2};
    CHECK(worker.keep());
    CHECK(db.value(held) == "* 2");
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant', cost => 'payload.n')");
    CHECK(worker.ask_by_names("{acme}", "{1}", true).empty());
    CHECK(db.value(held).empty());
}

TEST_CASE("a kind that is asked for without jobs does not keep others from beginning") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant')");
    locked_jobs worker{db, 2};
    locked_jobs other{db, 2};
    CHECK(!other.ask_by_names("{null}", "{1}").empty()); // holds the only one of nobody's
    CHECK(!worker.ask_by_names("{acme,null}", "{1,0}").empty());
    CHECK(db.value(held) == " 1, acme 1");
    CHECK(worker.ask_by_names("{acme,null}", "{1,1}").empty());
}

TEST_CASE("with ample room a batch that is not the last one holds a place of any key for each thread") {
    database db;
    locked_jobs worker{db, 2};
    put(db, 1, R"({"host": "a"})");
    worker.take_locks(1);
    auto const each = GENERATE(as<std::string>{}, "tenant", "payload.host");
    db.query("select txq.set_limit('kind', 'test', 8, each => '" + each + "')");
    auto const ask = [&] { return worker.ask_by_rows(true)[0]["any_key"].as<bool>(); };
    CHECK(ask());
    CHECK(db.value(held) == "* 2");
    CHECK(ask()); // its own places do not count
    CHECK(db.value(held) == "* 2");
    CHECK_FALSE(worker.ask_by_rows(false)[0]["any_key"].as<bool>());
    CHECK(db.value(held) == (each == "tenant" ? " 1" : "a 1"));
    db.query("select txq.set_limit('kind', 'test', 7, each => '" + each + "')");
    CHECK_FALSE(ask()); // what it does not need others may
    CHECK(db.value(held) == (each == "tenant" ? " 1" : "a 1"));
}

TEST_CASE("to go on holding places of any key writes nothing") {
    database db;
    locked_jobs worker{db, 2};
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    CHECK(worker.keep());
    auto const row = db.value("select xmin || ' ' || xmax from txq.limit_batches");
    pqxx::work tx{worker.places.connection()};
    worker.places.run(tx, sql::admit_batch,
                      pq::params{worker.id, 1, 2, "{}", "{default}", "{test}", "{acme}", "{5}", true});
    CHECK(tx.exec("select pg_current_xact_id_if_assigned() is null")[0][0].as<bool>());
    tx.commit();
    CHECK(db.value("select xmin || ' ' || xmax from txq.limit_batches") == row);
}

TEST_CASE("places of any key count for each key, and what is counted of a key counts for them") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 20, each => 'tenant')");
    locked_jobs worker{db, 4};
    locked_jobs second{db, 4};
    locked_jobs third{db, 13};
    CHECK(worker.keep());
    CHECK(second.keep());                                // 4 of 20 are held, and 16 are four times its threads
    CHECK(third.ask_by_names("{acme}", "{13}").empty()); // has 12
    CHECK(third.ask_by_names("{acme,other}", "{12,12}")[0]["any_key"].as<bool>() == false);
    CHECK(db.value(held) == "acme 12, other 12, * 4, * 4");
    worker.places.run(sql::leave_batch, pq::params{worker.id, "{1}"});
    CHECK_FALSE(worker.keep()); // 20 less 4 less 12
    CHECK(db.value(held) == "acme 1, acme 12, other 12, * 4");
    third.places.run(sql::leave_batch, pq::params{third.id, "{1}"});
    CHECK(worker.keep());
}

TEST_CASE("no places of any key are held while jobs wait for their key") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    locked_jobs worker{db, 2};
    CHECK(worker.keep());
    put(db, 1, "{}");
    db.query("insert into txq.parked_jobs select lim.id, '', seq, job.id, fence, run_at, 1 from txq.jobs as job, "
             "txq.limits as lim");
    CHECK_FALSE(worker.keep());
    CHECK(db.value(held) == "acme 1");
}

TEST_CASE("running jobs count for places of any key and those that have ended do not") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    put(db, 8, R"({"host": "a"})");
    locked_jobs worker{db, 2};
    CHECK(worker.claim_and_admit(8) == 8);
    auto const keep = [&] {
        return worker.places
            .run(sql::admit_batch,
                 pq::params{worker.id, 1, 2, "{}", "{default}", "{test}", "{null}", "{0}", true})[0]["any_key"]
            .as<bool>();
    };
    CHECK_FALSE(keep());
    worker.complete(worker.on.run(sql::running_jobs, pq::params{worker.id}));
    CHECK(db.number(holds) == 8);
    CHECK(keep());
    CHECK(db.number(holds) == 0);
}

TEST_CASE("no places of any key are held where beginnings are limited, jobs have costs or another limit is near") {
    database db;
    auto const second = GENERATE(as<std::string>{}, "100, starts => 100, each => 'payload.host'",
                                 "100, each => 'payload.host', cost => 'payload.n'", "7, each => 'payload.host'");
    locked_jobs worker{db, 2};
    put(db, 1, R"({"host": "a"})");
    worker.take_locks(1);
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    CHECK(worker.ask_by_rows(true)[0]["any_key"].as<bool>());
    db.query("select txq.set_limit('kind', 'test', " + second + ")");
    CHECK_FALSE(worker.ask_by_rows(true)[0]["any_key"].as<bool>());
    CHECK(db.number("select count(*) from txq.limit_batches where any_key") == 0);
}

TEST_CASE("a batch of a limit that has become a smaller one goes on without places of any key") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    locked_jobs worker{db, 2};
    locked_jobs other{db, 20};
    CHECK(other.keep());
    CHECK(worker.keep());
    db.query("select txq.set_limit('kind', 'test', 25, each => 'tenant')");
    CHECK_FALSE(worker.keep()); // 25 less 20
    CHECK(db.value(held) == "acme 1, * 20");
}

TEST_CASE("nobody gets places of any key while somebody counts, nor counts while somebody gets them") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'tenant')");
    locked_jobs keeping{db, 2};
    locked_jobs counting{db, 7};
    pq::params const keep{keeping.id, 1, 2, "{}", "{default}", "{test}", "{acme}", "{2}", true};
    pq::params const count{counting.id, 1, 7, "{}", "{default}", "{test}", "{acme}", "{7}", false};
    auto const first_keeps = GENERATE(true, false);
    auto& first = first_keeps ? keeping : counting;
    auto& second = first_keeps ? counting : keeping;
    pqxx::result answer;
    std::thread other;
    {
        pqxx::work tx{first.places.connection()};
        CHECK(first.places.run(tx, sql::admit_batch, first_keeps ? keep : count).size() == 1);
        other = std::thread{[&] { answer = second.places.run(sql::admit_batch, first_keeps ? count : keep); }};
        db.wait_until(someone_waits, "1");
        tx.commit();
    }
    other.join();
    CHECK(answer.empty()); // seven and two are more than eight
    CHECK(db.value(held) == (first_keeps ? "* 2" : "acme 7"));
}

TEST_CASE("whoever cannot get places of any key soon gets those that the batch needs") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'tenant')");
    db.query("insert into txq.limit_keys (limit_id, key) select id, 'other' from txq.limits");
    registered const worker{db};
    session impatient{{.where = connection_info::parse(db.url()), .lock_timeout = std::chrono::milliseconds{50}}};
    pqxx::connection somebody{db.url()};
    pqxx::work counting{somebody};
    counting.exec("select from txq.limit_keys for update");
    pq::params const with{worker.id, 1, 2, "{}", "{default}", "{test}", "{acme}", "{1}", true};
    CHECK_FALSE(impatient.run(sql::admit_batch, with)[0]["any_key"].as<bool>());
    CHECK(db.value(held) == "acme 1");
}

TEST_CASE("the jobs of a batch count by their cost, and on its threads by that of the dearest") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 10, each => 'payload.host', cost => 'payload.n')");
    put(db, 1, R"({"host": "a", "n": 3})");
    put(db, 4, R"({"host": "a", "n": 2})");
    put(db, 2, R"({"host": "b", "n": 2})");
    put(db, 2, R"({"host": "c", "n": 50})");
    locked_jobs worker{db, 3};
    CHECK(worker.begin(7));
    CHECK(db.value(held) == "a 9, b 4");
    worker.complete();
    CHECK_FALSE(worker.begin(2)); // each counts as all
}

TEST_CASE("a batch takes beginnings for all of its jobs or for none") {
    database db;
    db.query(
        "select txq.set_limit('kind', 'test', starts => 1, period => '1 hour', burst => 5, each => 'payload.host')");
    put(db, 5, R"({"host": "a"})");
    put(db, 1, R"({"host": "b"})");
    put(db, 1, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.begin(6));
    CHECK(db.value(held).empty()); // any number may run
    CHECK(db.value("select string_agg(key || ' ' || round(starts::numeric), ', ' order by key) from txq.limit_keys") ==
          "a 0, b 4");
    worker.complete();
    CHECK_FALSE(worker.begin(1));
}

TEST_CASE("what goes on of a batch under a lease holds a place of its own and the others are free") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    locked_jobs worker{db};
    locked_jobs other{db};
    CHECK(worker.begin(3));
    worker.lease(1);
    CHECK(db.value(held).empty());
    CHECK(db.number(holds) == 1);
    put(db, 1, R"({"host": "a"})");
    CHECK(other.claim_and_admit(3) == 2);
    CHECK(db.number(parked) == 1);
}

TEST_CASE("a job that runs again under a lease counts while somebody deletes what its attempt before has left") {
    database db;
    db.query(limit_of_three);
    put(db, 1, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.claim_and_admit(1) == 1);
    db.query("update txq.jobs set state = 'ready', seq = nextval('txq.job_seq'), worker = null, claimed_at = null");
    CHECK(worker.begin(1));
    put(db, 1, R"({"host": "a"})");
    db.query("insert into txq.parked_jobs select 1, 'a', seq, id, fence, run_at, 1 from txq.jobs where fence = 0");
    {
        worker.on.run(*worker.tx, sql::lease_jobs, worker.attempts_of(worker.locked));
        worker.on.run(*worker.tx, sql::leave_batch, pq::params{worker.id, "{1}"});
        worker.on.run(*worker.tx, sql::keep_places, worker.admission_of(worker.locked));
        session releasing{{.where = connection_info::parse(db.url())}};
        releasing.run(sql::release_parked, pq::params{"{1}", "{a}", "{1}"});
        worker.tx->commit();
    }
    CHECK(db.number("select count(*) from txq.limit_holds as held join txq.jobs as job "
                    "on (job.id, job.fence) = (held.job_id, held.fence)") == 1);
}

TEST_CASE("the places of a batch are free when its worker is found dead") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    locked_jobs dead{db};
    locked_jobs other{db};
    CHECK(dead.begin(3));
    dead.tx.reset();
    other.on.run(sql::rescue_jobs, pq::params{dead.id, 0, 3});
    CHECK(db.value(held).empty());
    put(db, 3, R"({"host": "a"})");
    CHECK(other.begin(3));
}

TEST_CASE("a worker that has been found dead gets no places for a batch") {
    database db;
    db.query(limit_of_three);
    put(db, 1, R"({"host": "a"})");
    locked_jobs dead{db};
    dead.take_locks(1);
    locked_jobs other{db};
    other.on.run(sql::rescue_jobs, pq::params{dead.id, 0, 3});
    try {
        dead.ask();
        FAIL("it got them");
    } catch (std::exception const& failed) { CHECK(pq::sqlstate(failed) == "23503"); }
}

TEST_CASE("places of jobs that have ended do not keep a batch from beginning") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.claim_and_admit(3) == 3);
    worker.complete(worker.on.run(sql::running_jobs, pq::params{worker.id}));
    CHECK(db.number(holds) == 3);
    put(db, 3, R"({"host": "a"})");
    CHECK(worker.begin(3));
    CHECK(db.number(holds) == 0);
}

TEST_CASE("two batches that ask at the same time do not both get the last place") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    put(db, 2, R"({"host": "a"})");
    locked_jobs a{db};
    locked_jobs b{db};
    a.take_locks(1);
    b.take_locks(1);
    auto second = true;
    std::thread other;
    {
        pqxx::work asking{a.places.connection()};
        pq::params const with{a.id, 1, 1, pq::array(column(a.locked, "row")), "{}", "{}", "{}", "{}", false};
        CHECK(a.places.run(asking, sql::admit_batch, with).size() == 1);
        other = std::thread{[&] { second = b.ask(); }};
        db.wait_until(someone_waits, "1");
        asking.commit();
    }
    other.join();
    CHECK_FALSE(second);
}

TEST_CASE("keys of which a batch holds places are not forgotten") {
    database db;
    db.query(limit_of_three);
    put(db, 1, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.begin(1));
    db.query("update txq.limit_keys set filled_at = now() - interval '1 hour'");
    CHECK(worker.places.run(sql::keep_limit_keys, pq::params{100})[0]["deleted"].as<int>() == 0);
    worker.complete();
    CHECK(worker.places.run(sql::keep_limit_keys, pq::params{100})[0]["deleted"].as<int>() == 1);
}

TEST_CASE("to ask for a batch costs little for each of its jobs whatever else there is") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 5000, each => 'payload.host')");
    locked_jobs worker{db};
    explaining_session session{db};
    auto const plans_of_nothing = GENERATE(true, false);
    if (plans_of_nothing) {
        db.query("analyze");
        put(db, 1, R"({"host": "a"})");
        CHECK(worker.begin(1));
        session.run(sql::admit_batch,
                    "1, 2, 16, '" + pq::array(column(worker.locked, "row")) + "', '{}', '{}', '{}', '{}', false");
        session.run(sql::leave_batch, "1, '{2}'");
        worker.complete();
    }
    db.query("insert into txq.limit_keys (limit_id, key) select 1, 'key ' || i from generate_series(1, 10000) as i");
    db.query("insert into txq.limit_holds select 1, 'key ' || i % 10000, gen_random_uuid(), 1, 1, 1, 1, 1000 "
             "from generate_series(1, 20000) as i");
    db.query("insert into txq.limit_batches select 1, 'key ' || i % 5000, 1, i, 1 from generate_series(3, 20000) as i");
    put(db, 20000, R"({"host": "b"})");
    db.query("update txq.jobs set payload = jsonb_build_object('host', seq % 10)");
    if (!plans_of_nothing) db.query("analyze");
    worker.take_locks(500);
    auto const plan = session.run(sql::admit_batch, "1, 2, 16, '" + pq::array(column(worker.locked, "row")) +
                                                        "', '{}', '{}', '{}', '{}', false");
    CHECK(buffers(plan) < 500 * 8);
    CHECK(db.number("select sum(places) from txq.limit_batches where locker = 2") == 160);
    auto const in_vain = session.run(sql::admit_batch, "1, 2, 16, '" + pq::array(column(worker.locked, "row")) +
                                                           "', '{}', '{}', '{}', '{}', true");
    CHECK(buffers(in_vain) < buffers(plan) + 1000 * 12);
}
