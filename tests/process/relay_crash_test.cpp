// Servers that crash under the relay.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>
#include <support/relay.hpp>
#include <support/server.hpp>

#include <vector>

using namespace txq;
using namespace txq::test;

namespace {

/// Enqueues and commits without waiting for the disk, through every crash of the server, until told to stop.
void produce(std::stop_token const& stop, std::string const& url) {
    while (!stop.stop_requested()) {
        try {
            pqxx::connection connection{url};
            pqxx::nontransaction tx{connection};
            tx.exec("set synchronous_commit = off");
            while (!stop.stop_requested()) tx.exec("insert into ledger select txq.enqueue('x', '{}')");
        } catch (pqxx::failure const&) { // the server has crashed
        }
    }
}

std::vector<std::string> ids(pqxx::result const& rows) {
    std::vector<std::string> all;
    for (auto const& row : rows) all.emplace_back(row[0].c_str());
    return all;
}

} // namespace

TEST_CASE("no job is moved before its transaction is on disk") {
    server shop;
    // what nobody waits for stays in memory
    shop.execute("alter system set wal_writer_delay = '10s'");
    auto const url = shop.make_database("shop");
    database queue{database::schema::queue};
    process relay{{"txq-relay", "--source", url, "--queue", queue.url()}};
    for (int crashes = 0; crashes < 2; ++crashes) {
        shop.crash();
        shop.start();
        {
            pqxx::connection connection{url};
            pqxx::nontransaction tx{connection};
            tx.exec("set synchronous_commit = off");
            tx.exec("select txq.enqueue('x', '{}')");
            queue.wait_until("select count(*) from txq.jobs", std::to_string(crashes + 1));
        }
        shop.crash();
        shop.start();
        pqxx::connection look{url};
        CHECK(ids(pqxx::nontransaction{look}.exec("select id from txq.outbox order by id")) ==
              ids(queue.query("select id from txq.jobs order by id")));
    }
}

TEST_CASE("crashes of the outbox's server under load lose and repeat nothing") {
    server shop;
    auto const url = shop.make_database("shop");
    {
        pqxx::connection setup{url};
        pqxx::nontransaction{setup}.exec("create table ledger (id uuid)");
    }
    database queue{database::schema::queue};
    {
        std::jthread const producer{produce, url};
        process relay{{"txq-relay", "--source", url, "--queue", queue.url(), "--rotate-interval", "20ms"}};
        for (int crashes = 0; crashes < 2; ++crashes) {
            auto const before = queue.value("select count(*) from txq.jobs");
            queue.wait_until("select count(*) > " + before + " + 100 from txq.jobs", "t");
            shop.crash();
            shop.start();
        }
    }
    process once{{"txq-relay", "--once", "--source", url, "--queue", queue.url()}};
    CHECK(once.wait() == 0);
    pqxx::connection look{url};
    CHECK(ids(queue.query("select id from txq.jobs order by id")) ==
          ids(pqxx::nontransaction{look}.exec("select id from ledger order by id")));
}

TEST_CASE("a relay goes on after a crash of the queue's server and nothing is lost or moved twice") {
    server jobs;
    auto const url = jobs.make_database("jobs");
    database shop{database::schema::outbox};
    process relay{{"txq-relay", "--source", shop.url(), "--queue", url, "--batch", "10"}};
    for (int crashes = 0; crashes < 2; ++crashes) {
        enqueue(shop, 500, "crash" + std::to_string(crashes) + "_");
        jobs.crash(); // in the midst of it, or before
        jobs.start();
    }
    shop.query("select txq.enqueue('last', '{}')");
    process once{{"txq-relay", "--source", shop.url(), "--queue", url, "--once"}};
    CHECK(once.wait() == 0);
    pqxx::connection look{url};
    auto const moved = pqxx::nontransaction{look}.exec("select count(*), count(distinct kind) from txq.jobs")[0];
    CHECK(moved[0].as<int>() == 1001);
    CHECK(moved[1].as<int>() == 1001);
}
