// The functions that are shown on pages whose examples are no whole programs: they are linked in from there.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/job_states.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

using txq::test::database;
using txq::test::relay_by_hand;
using txq::test::running_worker;

void book(pqxx::connection& shop, int account, int cents);
void open_shop(pqxx::work& tx, std::int64_t id);
void close_shop(pqxx::work& tx, std::int64_t id);
void close_shop(pqxx::work& tx);
void be_kind_to_hosts(pqxx::connection& queue_database);
void order(pqxx::connection& shop);
void send_receipts(pqxx::connection& shops, std::string const& shop, int orders);
std::string what_never_runs(pqxx::work& tx);
void add_mail(txq::registry& handlers);
void after_the_repair(pqxx::work& tx);

TEST_CASE("the function in docs order.md enqueues jobs with an order key") {
    database db;
    pqxx::connection shop{db.url()};
    book(shop, 42, 250);
    book(shop, 42, -20);
    CHECK(db.value("select string_agg(concat_ws(' ', kind, payload->>'cents', rules->>'order_key'), ', ' order by seq) "
                   "from txq.outbox") == "book 250 account 42, book -20 account 42");
}

TEST_CASE("the functions in docs schedules.md make a schedule with a shop and remove it with the shop") {
    database db;
    db.query("create table shops (id bigint, street text)");
    pqxx::connection connection{db.url()};
    constexpr auto schedules = "select coalesce(string_agg(name || ' ' || overlap, ', '), '') from txq.schedules";
    {
        pqxx::work tx{connection};
        open_shop(tx, 42);
        tx.commit();
    }
    CHECK(db.value(schedules) == "inventory_sync_store_42 false");
    {
        pqxx::work tx{connection};
        CHECK(what_never_runs(tx) == "");
        tx.exec("select txq.add_schedule('bad', 'at times', 'k')");
        CHECK(what_never_runs(tx).starts_with("bad: column 1 of the schedule 'at times'"));
    }
    {
        pqxx::work tx{connection};
        close_shop(tx, 42);
        tx.commit();
    }
    CHECK(db.value(schedules) == "");
}

TEST_CASE("the retry policy in docs errors.md discards mail to addresses that there are not") {
    database db;
    txq::registry handlers;
    add_mail(handlers);
    running_worker const worker{db, std::move(handlers)};
    txq::test::put_jobs(db, {.kind = "send_mail", .payload = R"({"to": ""})"});
    txq::test::put_jobs(db, {.kind = "send_mail", .payload = R"({"to": "ann@example.org"})"});
    db.wait_until("select string_agg(state::text, ' ') from txq.jobs", "discarded");
    db.wait_until(txq::test::processed, "1");
}

TEST_CASE("the function in docs unique.md reschedules one job and cancels another one by their keys") {
    database db;
    db.query("select txq.enqueue('broadcast_cart', '{\"cart\": 7}', delay => '1 hour', unique_by => '{\"fields\": "
             "[\"cart\"]}'), txq.enqueue('send_reminder', '{}', delay => '1 hour', unique_by => '{\"key\": "
             "\"customer 4711\"}')");
    relay_by_hand{db}.move_all();
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    close_shop(tx);
    tx.commit();
    CHECK(
        db.value("select string_agg(concat_ws(' ', kind, state, run_at < now()), ', ' order by kind) from txq.jobs") ==
        "broadcast_cart scheduled t, send_reminder cancelled f");
}

TEST_CASE("the function in docs limits.md limits what hosts and pages are called") {
    database db;
    pqxx::connection connection{db.url()};
    be_kind_to_hosts(connection);
    CHECK(db.value("select string_agg(concat_ws(' ', name, nullif(each, ''), max_running, starts, cost), ', ' order by "
                   "id) from txq.limits") == "call_api payload.host 2, call_api 1000 payload.pages");
}

TEST_CASE("the function in docs backpressure.md keeps an order whose newsletter is refused") {
    database db;
    db.query("create table orders (item text)");
    db.query("insert into txq.full_queues (queue, depth, max_depth, refuses) values ('newsletters', 5, 5, true)");
    pqxx::connection shop{db.url()};
    order(shop);
    CHECK(db.number("select count(*) from txq.outbox") == 1);
    db.query("select setval('txq.fullness', 1)");
    order(shop);
    CHECK(db.number("select count(*) from orders") == 2);
    CHECK(db.number("select count(*) from txq.outbox") == 1);
}

TEST_CASE("the function in docs fairness.md enqueues jobs of tenants that take turns") {
    database db;
    db.query("select txq.set_queue('mail', fair => true)");
    pqxx::connection shops{db.url()};
    send_receipts(shops, "shop 7", 3);
    send_receipts(shops, "shop 8", 1);
    relay_by_hand{db}.move_all();
    CHECK(db.value("select string_agg(tenant, ', ' order by seq) from txq.jobs") == "shop 7, shop 8, shop 7, shop 7");
}

TEST_CASE("the function in docs errors.md releases what was held and redrives what has timed out") {
    database db;
    txq::test::put_job(db, "held", "mail", "send_mail");
    txq::test::put_job(db, "held", "mail", "other");
    txq::test::put_job(db, "dead", "mail", "other");
    auto const timed_out = txq::test::put_job(db, "dead", "mail", "send_mail");
    db.query("update txq.failed_attempts set error_type = 'timeout' where job_id = '" + timed_out + "'");
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    after_the_repair(tx);
    tx.commit();
    CHECK(db.value("select string_agg(concat_ws(' ', state, kind, queue), ', ' order by state, kind, queue) from "
                   "txq.jobs") == "ready send_mail mail, ready send_mail slow, dead other mail, held other mail");
}
