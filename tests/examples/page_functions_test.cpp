// The functions that are shown on pages whose examples are no whole programs: they are linked in from there.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/job_states.hpp>
#include <support/running_worker.hpp>

using txq::test::database;
using txq::test::running_worker;

void book(pqxx::connection& shop, int account, int cents);
void open_shop(pqxx::work& tx, std::int64_t id);
void close_shop(pqxx::work& tx, std::int64_t id);
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
