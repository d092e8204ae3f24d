#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/markdown.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

using txq::test::database;
using txq::test::process;
using txq::test::scratch;

TEST_CASE("the program in docs enqueue.md enqueues what it says and is refused what it says") {
    database db{database::schema::outbox};
    process program{{"enqueue_page", db.url()}};
    CHECK(program.wait() == 0);
    CHECK(db.value("select string_agg(kind, ' ' order by seq) from txq.outbox") ==
          "send_receipt refresh_stock send_receipt send_receipt bill bill send_receipt");
    CHECK(db.value("select count(*) from txq.outbox where operation_id = txq.operation_id('bill', 'order 40')") == "1");
}

TEST_CASE("the Python in docs enqueue.md enqueues a job with its row") {
    database db{database::schema::outbox};
    db.query("create table orders (id bigint, mail text)");
    auto const blocks = txq::test::code_blocks(TXQ_SOURCE_DIR "/docs/enqueue.md", "python");
    REQUIRE(blocks.size() == 1);
    scratch const files;
    process program{{"/usr/bin/python3", files.write("page.py", blocks[0].text), db.url()}};
    auto const status = program.wait();
    INFO(program.output());
    CHECK(status == 0);
    CHECK(db.value(
              "select kind || ' ' || queue || ' ' || (payload->>'order') || ' ' || (run_at > now()) from txq.outbox") ==
          "send_receipt mail 45 true");
    CHECK(db.value("select count(*) from orders") == "1");
}
