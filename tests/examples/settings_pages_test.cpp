#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

using txq::test::database;
using txq::test::process;

TEST_CASE("the program in docs fairness.md makes a queue fair and pauses what it says") {
    database db;
    db.query("select txq.pause(tenant => 'shop 7')");
    process program{{"fairness_page", db.url()}};
    CHECK(program.wait() == 0);
    CHECK(program.output() == "shop 7 was paused already\nmail was not paused\n");
    CHECK(db.value("select string_agg(concat_ws(' ', name, fair, paused_at is not null), ', ' order by name) "
                   "from txq.queues") == "images t, mail t f");
    CHECK(db.value("select string_agg(name, ' ') from txq.kinds where paused_at is not null") == "send_newsletter");
    CHECK(db.value("select string_agg(concat_ws(' ', name, weight, paused_at is not null), ', ' order by name) "
                   "from txq.tenants") == "shop 42 3 f, shop 7 t");
}

TEST_CASE("the program in docs backpressure.md gives queues a maximum depth") {
    database db;
    db.query("select txq.set_queue('images', max_depth => 10)");
    process program{{"backpressure_page", db.url()}};
    CHECK(program.wait() == 0);
    CHECK(db.value("select string_agg(concat_ws(' ', name, max_depth, when_full), ', ' order by name) "
                   "from txq.queues") == "mail 100000 refuse, reports 5000 warn");
}
