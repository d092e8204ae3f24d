// Servers that are restored to an earlier point, from a copy of their files.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/questions.hpp>
#include <support/server.hpp>

using namespace txq::test;

namespace {

constexpr auto kinds = "select string_agg(kind || ':' || jobs, ' ' order by kind) "
                       "from (select kind, count(*) as jobs from txq.jobs group by kind) as kinds";

std::vector<std::string> relay_between(std::string const& outbox, std::string const& queue) {
    // nothing that has been moved is gone from the outbox before the test is over
    return {"txq-relay", "--source", outbox, "--queue", queue, "--rotate-interval", "10min"};
}

/// Each in a transaction of its own.
void enqueue(std::string const& url, std::string const& kind, int jobs) {
    pqxx::connection connection{url};
    for (int i = 0; i < jobs; ++i) pqxx::nontransaction{connection}.exec("select txq.enqueue('" + kind + "', '{}')");
}

bool said(process const& one, std::string const& words) { return one.output().find(words) != std::string::npos; }

} // namespace

TEST_CASE("an outbox that is restored to an earlier point under a relay goes on and nothing is moved twice") {
    server shop;
    auto const url = shop.make_database("shop");
    database queue{database::schema::queue};
    process relay{relay_between(url, queue.url())};
    enqueue(url, "kept", 2);
    queue.wait_until(kinds, "kept:2");
    shop.stop();
    shop.back_up();
    shop.start();
    enqueue(url, "forgotten", 3);
    queue.wait_until(kinds, "forgotten:3 kept:2");

    shop.stop();
    shop.restore();
    shop.start();

    CHECK(eventually([&] { return said(relay, "has gone back in time"); }));
    enqueue(url, "new", 2);
    queue.wait_until(kinds, "forgotten:3 kept:2 new:2");
    CHECK(relay.running());
}

TEST_CASE("an outbox that was restored to an earlier point is read anew though its transaction ids have caught up") {
    server shop;
    auto const url = shop.make_database("shop");
    database queue{database::schema::queue};
    {
        process relay{relay_between(url, queue.url())};
        enqueue(url, "kept", 1);
        queue.wait_until(kinds, "kept:1");
    }
    shop.stop();
    shop.back_up();
    shop.start();
    {
        process relay{relay_between(url, queue.url())};
        enqueue(url, "forgotten", 2);
        queue.wait_until(kinds, "forgotten:2 kept:1");
    }

    shop.stop();
    shop.restore();
    shop.start();
    enqueue(url, "new", 100);

    process relay{relay_between(url, queue.url())};
    queue.wait_until(kinds, "forgotten:2 kept:1 new:100");
    CHECK(said(relay, "has gone back in time"));
}

TEST_CASE("what a queue that is restored to an earlier point has lost is moved again once and the relay says so") {
    database shop{database::schema::outbox};
    server jobs;
    auto const url = jobs.make_database("jobs");
    process relay{relay_between(shop.url(), url)};
    enqueue(shop.url(), "kept", 2);
    REQUIRE(questions{url}.becomes(kinds, "kept:2"));
    jobs.stop();
    jobs.back_up();
    jobs.start();
    for (auto const* all : {"kept:2 lost:1", "kept:2 lost:2", "kept:2 lost:3"}) {
        enqueue(shop.url(), "lost", 1);
        REQUIRE(questions{url}.becomes(kinds, all));
    }

    jobs.stop();
    jobs.restore();
    jobs.start();

    CHECK(questions{url}.becomes(kinds, "kept:2 lost:3"));
    CHECK(said(relay, "the queue has lost batches"));
    enqueue(shop.url(), "new", 1);
    CHECK(questions{url}.becomes(kinds, "kept:2 lost:3 new:1"));
}
