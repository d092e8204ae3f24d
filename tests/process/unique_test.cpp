// Relays that decide which jobs are one, and die at it.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

#include <csignal>

using namespace txq::test;

TEST_CASE("relays that are killed while they decide which jobs are one lose nothing and decide nothing twice") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    shop.query("select txq.enqueue('cart', jsonb_build_object('cart', i % 50, 'n', i), delay => '1 hour', unique_by => "
               "'{\"fields\": [\"cart\"], \"on_conflict\": \"replace\"}') from generate_series(1, 3000) as i");
    std::string const batches = "select coalesce(max(batch), 0) from txq.relay_batches";
    std::string const decided = "(select count(*) from txq.jobs) + (select count(*) from txq.unique_outcomes)";
    for (int kills = 0; kills < 10; ++kills) {
        auto const before = queue.value(batches);
        process relay{{"txq-relay", "--source", shop.url(), "--queue", queue.url(), "--batch", "7"}};
        queue.wait_until("select (" + batches + ") > " + before + " or " + decided + " = 3000", "t");
        relay.send(SIGKILL);
        relay.wait();
    }
    process once{{"txq-relay", "--once", "--source", shop.url(), "--queue", queue.url()}};
    CHECK(once.wait() == 0);
    CHECK(queue.number("select count(*) from txq.jobs") == 50);
    CHECK(queue.number("select count(*) from txq.unique_outcomes as o join txq.jobs as j on j.id = o.job_id") == 2950);
    CHECK(queue.number("select count(distinct id) from (select id from txq.jobs union all select id from "
                       "txq.unique_outcomes) as all_of_them") == 3000);
    CHECK(queue.number("select count(*) from txq.jobs where (payload->>'n')::integer > 2950") == 50);
}
