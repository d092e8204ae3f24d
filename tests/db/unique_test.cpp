// Which enqueues become jobs of their own where `unique` is given: decided by the relay, batch by batch.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/locked_jobs.hpp>
#include <support/relay.hpp>

using namespace txq;
using namespace txq::test;

namespace {

/// Enqueues a job of the kind "cart" whose payload has `n`, with this rule. Returns its id.
std::string put(database& db, std::string const& rule, int n = 1, std::string const& more = "") {
    return db.value("select txq.enqueue('cart', jsonb_build_object('cart', 7, 'n', " + std::to_string(n) +
                    "), unique_by => '" + rule + "'" + (more.empty() ? "" : ", " + more) + ")");
}

/// As if everything had been enqueued that long ago.
void age(database& db, std::string const& by) {
    db.query("update txq.unique_keys set taken_at = taken_at - '" + by + "'::interval, kept_until = kept_until - '" +
             by + "'::interval");
}

/// The `n` of the jobs in the queue, in its order.
std::string jobs(database& db) {
    return db.value("select coalesce(string_agg(payload->>'n', ' ' order by seq), '') from txq.jobs");
}

std::string outcome(database& db, std::string const& id) {
    return db.value("select coalesce((select outcome from txq.unique_outcome('" + id + "')), 'its own')");
}

std::string job_for(database& db, std::string const& id) {
    return db.value("select job_id from txq.unique_outcome('" + id + "')");
}

void set_state(database& db, std::string const& state) {
    if (state == "completed") {
        db.query(
            "with gone as (delete from txq.jobs returning *) insert into txq.processed_jobs (operation_id, job_id, "
            "queue, kind, attempt) select operation_id, id, queue, kind, 1 from gone");
        return;
    }
    db.query("update txq.jobs set state = '" + state + "', seq = case when '" + state +
             "' in ('ready', 'running') then 1 end, worker = case when '" + state +
             "' = 'running' then 1 end, claimed_at = case when '" + state +
             "' = 'running' then now() end, finished_at = case when '" + state +
             "' in ('dead', 'held', 'discarded', 'cancelled') then now() end");
}

std::string const keep = R"({"key": "k"})";
std::string const replace = R"({"key": "k", "on_conflict": "replace"})";

/// Between two enqueues that are to be in one batch, or each in its own.
void relay_between(relay_by_hand& relay, bool one_batch) {
    if (!one_batch) relay.move_all();
}

} // namespace

TEST_CASE("a job that waits stands for what is enqueued for its key") {
    auto const one_batch = GENERATE(true, false);
    database db;
    relay_by_hand relay{db};
    auto const first = put(db, keep, 1);
    relay_between(relay, one_batch);
    auto const second = put(db, keep, 2);
    auto const third = put(db, R"({"key": "other"})", 3);
    relay.move_all();
    CHECK(jobs(db) == "1 3");
    CHECK(outcome(db, first) == "its own");
    CHECK(outcome(db, second) == "kept");
    CHECK(job_for(db, second) == first);
    CHECK(outcome(db, third) == "its own");
}

TEST_CASE("a job stands for any number of batches") {
    auto const rule = GENERATE(keep, replace);
    database db;
    relay_by_hand relay{db};
    put(db, rule);
    for (int i = 2; i < 6; ++i) {
        relay.move_all();
        put(db, rule, i);
    }
    relay.move_all();
    CHECK(jobs(db) == (rule == keep ? "1" : "5"));
    CHECK(db.number("select count(*) from txq.unique_outcomes") == 4);
    // or else those who claim by locks would take it for one that is being run
    CHECK(db.value("select xmax = '0' or xmax = xmin from txq.jobs") == "t");
}

TEST_CASE("a job that waits gets the arguments of what is enqueued for its key and keeps its place") {
    auto const one_batch = GENERATE(true, false);
    database db;
    relay_by_hand relay{db};
    auto const first = put(db, replace, 1);
    db.query("select txq.enqueue('plain', '{\"n\": \"p\"}')");
    relay_between(relay, one_batch);
    put(db, replace, 2);
    auto const last = put(db, replace, 3, "headers => '{\"h\": \"x\"}'");
    relay.move_all();
    CHECK(jobs(db) == "3 p");
    CHECK(db.value("select id || ' ' || headers from txq.jobs where kind = 'cart'") == first + R"( {"h": "x"})");
    CHECK(outcome(db, last) == "replaced");
    CHECK(db.number("select count(*) from txq.unique_outcomes") == 2);
}

TEST_CASE("a job is postponed at each enqueue up to its bound") {
    auto const one_batch = GENERATE(true, false);
    database db;
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "on_conflict": "postpone", "at_most_ms": 60000})";
    auto const after = [&db] {
        return db.value("select round(extract(epoch from run_at - enqueued_at)) || ' ' || state from txq.jobs");
    };
    put(db, rule, 1, "delay => '40 seconds'");
    relay_between(relay, one_batch);
    auto const second = put(db, rule, 2, "delay => '50 seconds'");
    relay_between(relay, one_batch);
    if (!one_batch) CHECK(after() == "50 scheduled");
    put(db, rule, 3, "delay => '2 minutes'");
    relay.move_all();
    CHECK(after() == "60 scheduled");
    CHECK(outcome(db, second) == "postponed");
    CHECK(db.value("select payload->>'n' from txq.jobs") == "3");
}

TEST_CASE("a job that waits for its next attempt may be postponed but not brought forward by an enqueue") {
    database db;
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "on_conflict": "postpone", "at_most_ms": 60000})";
    auto const minutes = [&db] {
        return db.value("select round(extract(epoch from run_at - enqueued_at) / 60) || ' ' || state from txq.jobs");
    };
    put(db, rule);
    relay.move_all();
    db.query("update txq.jobs set state = 'scheduled', seq = null, fence = 1, attempt = 1, run_at = enqueued_at + "
             "interval '1 hour'"); // it has failed
    put(db, rule, 2);
    relay.move_all();
    CHECK(minutes() == "60 scheduled");
    CHECK(db.value("select payload->>'n' from txq.jobs") == "2");
    db.query("update txq.jobs set run_at = now()");
    put(db, rule, 3, "delay => '1 minute'");
    relay.move_all();
    CHECK(minutes() == "1 scheduled");
}

TEST_CASE("a job that a limit has parked is postponed like any other") {
    database db;
    db.query("select txq.set_limit('kind', 'cart', 0, each => 'payload.cart')");
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "on_conflict": "postpone"})";
    put(db, rule);
    relay.move_all();
    locked_jobs worker{db};
    auto const claimed =
        worker.on.run(sql::claim_jobs, pq::params{worker.id, "default", "{cart}", 1, false, "{0,0,0,0}", std::nullopt});
    CHECK(worker.on.run(sql::admit_jobs, worker.admission_of(claimed)).empty());
    auto const parked = db.value("select run_at from txq.jobs");
    put(db, rule, 2); // at once
    relay.move_all();
    CHECK(db.value("select run_at from txq.jobs") == parked);
    put(db, rule, 3, "delay => '5 minutes'");
    relay.move_all();
    CHECK(db.value("select round(extract(epoch from run_at - now()) / 60) from txq.jobs") == "5");
    db.query("select txq.remove_limit('kind', 'cart', 'payload.cart')");
    worker.on.run(sql::sweep_parked, pq::params{0, "", 100});
    CHECK(db.value("select state from txq.jobs") == "scheduled");
}

TEST_CASE("a ready job that is postponed waits for its time") {
    database db;
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "on_conflict": "postpone"})";
    put(db, rule);
    relay.move_all();
    put(db, rule, 2, "delay => '1 hour'");
    relay.move_all();
    CHECK(db.value("select state || ' ' || coalesce(seq, 0) from txq.jobs") == "scheduled 0");
}

TEST_CASE("a job stands for its key in the states that the rule names") {
    auto const [state, stage] = GENERATE(table<std::string, std::string>({{"ready", "waiting"},
                                                                          {"scheduled", "waiting"},
                                                                          {"running", "running"},
                                                                          {"completed", "done"},
                                                                          {"dead", "-"},
                                                                          {"held", "-"},
                                                                          {"cancelled", "-"},
                                                                          {"discarded", "-"}}));
    INFO(state);
    for (std::string const named : {"waiting", "running", "done"}) {
        INFO("a rule about those that are " << named);
        database db;
        relay_by_hand relay{db};
        auto const rule = R"({"key": "k", "within_ms": 60000, "states": [")" + named + "\"]}";
        put(db, rule);
        relay.move_all();
        set_state(db, state);
        auto const second = put(db, rule, 2);
        relay.move_all();
        CHECK(outcome(db, second) == (stage == named ? "kept" : "its own"));
    }
}

TEST_CASE("what is enqueued while the job runs is not lost unless the rule says so") {
    database db;
    relay_by_hand relay{db};
    auto const rule = GENERATE(as<std::string>{}, R"({"key": "k"})", R"({"key": "k", "on_conflict": "replace"})",
                               R"({"key": "k", "on_conflict": "postpone", "within_ms": 60000})");
    put(db, rule);
    relay.move_all();
    set_state(db, "running");
    auto const second = put(db, rule, 2);
    auto const third = put(db, rule, 3);
    relay.move_all();
    CHECK(outcome(db, second) == "its own");
    CHECK(job_for(db, third) == second);
}

TEST_CASE("a running job is not replaced") {
    database db;
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "on_conflict": "replace", "states": ["waiting", "running"]})";
    put(db, rule);
    relay.move_all();
    set_state(db, "running");
    auto const second = put(db, rule, 2);
    relay.move_all();
    CHECK(outcome(db, second) == "kept");
    CHECK(jobs(db) == "1");
}

TEST_CASE("within a period there is one job whatever became of it") {
    database db;
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "within_ms": 60000})";
    put(db, rule);
    relay.move_all();
    set_state(db, "completed");
    auto const second = put(db, rule, 2);
    relay.move_all();
    CHECK(outcome(db, second) == "kept");

    age(db, "1 minute");
    put(db, rule, 3);
    auto const fourth = put(db, rule, 4);
    relay.move_all();
    CHECK(jobs(db) == "3");
    CHECK(outcome(db, fourth) == "kept");
}

TEST_CASE("after its period a waiting job does not stand for its key any more") {
    database db;
    relay_by_hand relay{db};
    std::string const rule = R"({"key": "k", "within_ms": 60000, "on_conflict": "replace"})";
    put(db, rule, 1);
    relay.move_all();
    put(db, rule, 2);
    relay.move_all();
    age(db, "1 minute");
    put(db, rule, 3);
    put(db, rule, 4);
    relay.move_all();
    CHECK(jobs(db) == "2 4");
}

TEST_CASE("fields of the payload make a key") {
    database db;
    relay_by_hand relay{db};
    auto const enqueue = [&db](std::string const& payload, std::string const& kind = "cart") {
        return db.value("select txq.enqueue('" + kind + "', '" + payload +
                        R"(', unique_by => '{"fields": ["cart", "shop"]}'))");
    };
    auto const first = enqueue(R"({"cart": 7, "shop": {"a": 1, "b": 2}, "n": 1})");
    auto const same = enqueue(R"({"n": 2, "shop": {"b": 2, "a": 1}, "cart": 7})");
    auto const other_cart = enqueue(R"({"cart": 8, "shop": {"a": 1, "b": 2}, "n": 3})");
    auto const other_kind = enqueue(R"({"cart": 7, "shop": {"a": 1, "b": 2}, "n": 4})", "mail");
    auto const text = enqueue(R"({"cart": "7", "shop": {"a": 1, "b": 2}, "n": 5})");
    auto const size = std::string(3000, 'x');
    enqueue(R"({"cart": 9, "shop": ")" + size + R"(", "n": 6})");
    auto const long_one = enqueue(R"({"cart": 9, "shop": ")" + size + R"(", "n": 7})");
    relay.move_all();
    CHECK(job_for(db, same) == first);
    CHECK(jobs(db) == "1 3 4 5 6");
    CHECK(outcome(db, long_one) == "kept");
    CHECK(db.value(R"(select job_id from txq.find_job('cart', '{"cart": 8, "shop": {"a": 1, "b": 2}}'))") ==
          other_cart);
    CHECK(outcome(db, other_kind) == outcome(db, text));
}

TEST_CASE("jobs keep the order of their enqueues whether they are unique or not") {
    database db;
    relay_by_hand relay{db};
    db.query("select txq.enqueue('k', jsonb_build_object('n', i), unique_by => case when i % 2 = 0 then "
             "jsonb_build_object('key', ((i * 7) % 20)::text) end) from generate_series(1, 20) as i");
    relay.move_all();
    CHECK(jobs(db) == "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
}

TEST_CASE("what is moved again is decided as it was") {
    database outbox{database::schema::outbox};
    database queue{database::schema::queue};
    auto const first = put(outbox, replace, 1);
    auto const second = put(outbox, replace, 2);
    relay_by_hand{outbox, queue}.move_all();
    auto const done = GENERATE(false, true);
    if (done) set_state(queue, "completed");
    // as after a switch to a copy of the outbox's server
    queue.query("update txq.relay_batches set timeline = timeline - 1");
    auto const third = put(outbox, replace, 3);
    relay_by_hand{outbox, queue}.move_all();
    CHECK(jobs(queue) == "3");
    CHECK(outcome(queue, second) == "replaced");
    CHECK(outcome(queue, first) == "its own");
    CHECK(outcome(queue, third) == (done ? "its own" : "replaced"));
}

TEST_CASE("a relay that dies between deciding and writing has done neither") {
    auto const waits = GENERATE(true, false);
    database db;
    auto const first = put(db, replace, 1, waits ? "delay => '1 hour'" : "");
    {
        relay_by_hand relay{db};
        relay.move_all();
    }
    auto const second = put(db, replace, 2);
    db.query("alter table txq.relay_batches add constraint dies check (batch < 2)");
    {
        relay_by_hand relay{db};
        CHECK(relay.jobs.move().jobs == 0);
    }
    CHECK(jobs(db) == "1");
    CHECK(outcome(db, second) == "its own");
    db.query("alter table txq.relay_batches drop constraint dies");
    relay_by_hand{db}.move_all();
    if (waits) {
        CHECK(jobs(db) == "2");
        CHECK(job_for(db, second) == first);
    } else {
        // a ready job bears the mark of the lock that came to nothing, as if a worker still ran it
        CHECK(jobs(db) == "1 2");
        CHECK(outcome(db, second) == "its own");
    }
}

TEST_CASE("a rule that nobody can read goes with its job to the rejected ones and holds up nobody") {
    database db;
    relay_by_hand relay{db};
    db.query("insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, payload, rules) select "
             "gen_random_uuid(), gen_random_uuid(), 'default', 'bad', 2, 20, '{}', '{\"unique\": 1}'");
    put(db, keep, 1);
    relay.move_all();
    CHECK(db.value("select kind from txq.outbox_rejected") == "bad");
    CHECK(jobs(db) == "1");
}
