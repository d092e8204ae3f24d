// A server whose disk is full, or only the one that its tables are on.

#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/questions.hpp>
#include <support/relay_and_worker.hpp>
#include <support/server.hpp>

#include <memory>

#include <sys/stat.h>
#include <unistd.h>

#include <chaos/small_disk.hpp>

using namespace txq::test;

namespace {

constexpr auto all_done = "select (select count(*) from effects) = (select count(*) from ledger)";
constexpr auto enqueue_one = "insert into ledger select txq.enqueue('test', '{}')";

/// Until there is no room for the server's log either, without which it ends. What is in the ledger is committed.
void enqueue_until_lost(std::string const& url) {
    pqxx::connection connection{url};
    for (auto const* sql = enqueue_one; connection.is_open();
         sql = sql == enqueue_one ? "select pg_switch_wal()" : enqueue_one) {
        try {
            pqxx::nontransaction{connection}.exec(sql);
        } catch (pqxx::failure const&) { // as it must
        }
    }
}

/// The server goes on; what needs another page of a table fails. In the ledger is what was committed.
void enqueue_until_refused(std::string const& url) {
    pqxx::connection connection{url};
    for (;;) {
        try {
            pqxx::nontransaction{connection}.exec(enqueue_one);
        } catch (pqxx::sql_error const& failed) {
            CHECK(failed.sqlstate() == "53100");
            return;
        }
    }
}

/// Those that the server's processes can write in.
void give_to_owner_of(std::string const& example, std::string const& directory) {
    struct stat known {};
    REQUIRE(::stat(example.c_str(), &known) == 0);
    REQUIRE(::chown(directory.c_str(), known.st_uid, known.st_gid) == 0);
}

/// False where it cannot be full, and then there is nothing to test.
bool fill(txq::chaos::small_disk& disk) {
    auto const full = disk.fill();
    if (!full) WARN("not tested: takes the right to mount a file system");
    return full;
}

bool said(process const& one, std::string const& words) { return one.output().find(words) != std::string::npos; }

} // namespace

TEST_CASE("a relay and a worker wait while the disk is full and then do all that was committed") {
    std::unique_ptr<txq::chaos::small_disk> disk;
    server full{server::to_come{}};
    disk = std::make_unique<txq::chaos::small_disk>(full.home());
    full.start();
    auto const url = full.make_database("shop");
    questions{url}.value("create table effects (at timestamptz)");
    questions{url}.value("create table ledger (job uuid)");
    questions{url}.value(enqueue_one);
    relay_and_worker both{url};
    if (!fill(*disk)) return;

    enqueue_until_lost(url);
    CHECK(eventually([&] { return said(both.relay, "trying again until it can"); }));
    CHECK(eventually([&] { return said(both.worker, "trying again until"); }));
    disk->free();
    full.start();

    questions shop{url};
    CHECK(shop.becomes(all_done, "t", time_to_come_back));
    CHECK(shop.value("select count(*) > 0 from ledger") == "t");
    CHECK(shop.value("select count(*) from txq.jobs") == "0");
    CHECK(both.relay.running());
    CHECK(both.worker.running());
}

TEST_CASE("a relay and a worker wait while only the disk that the tables are on is full") {
    std::unique_ptr<txq::chaos::small_disk> disk; // goes after the server
    server full;
    disk = std::make_unique<txq::chaos::small_disk>(full.home() + ".tables");
    give_to_owner_of(full.home(), full.home() + ".tables");
    auto const url = full.make_database("shop");
    full.execute("create tablespace small location '" + full.home() + ".tables'");
    full.execute("alter database shop set tablespace small");
    questions shop{url};
    shop.value("create table effects (at timestamptz) tablespace pg_default");
    shop.value("create table ledger (job uuid) tablespace pg_default");
    shop.value(enqueue_one);
    relay_and_worker both{url};
    CHECK(shop.becomes("select count(*) from effects", "1"));
    if (!fill(*disk)) return;

    enqueue_until_refused(url);
    CHECK(eventually([&] { return said(both.relay, "No space left on device"); }));
    CHECK(eventually([&] { return said(both.worker, "No space left on device"); }));
    CHECK(both.relay.running());
    CHECK(both.worker.running());
    disk->free();

    CHECK(shop.becomes(all_done, "t", time_to_come_back));
    CHECK(shop.becomes("select count(*) from txq.jobs", "0"));
    CHECK(shop.value("select count(*) from txq.processed_jobs") == shop.value("select count(*) from ledger"));
    CHECK(both.relay.running());
    CHECK(both.worker.running());
}
