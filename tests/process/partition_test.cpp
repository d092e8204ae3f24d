// A worker whose network is gone, on a network of its own.

#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/questions.hpp>
#include <support/scratch.hpp>
#include <support/server.hpp>

#include <fstream>

#include <pqxx/pqxx>

#include <chaos/far_network.hpp>

using namespace txq::test;

namespace {

/// A server that is listened to on the near end of the network, with the queue.
class reachable_server {
  public:
    explicit reachable_server(txq::chaos::far_network const& from) : from_{from} {
        server_.make_database("queue");
        server_.make_database("shop");
        server_.execute("alter system set listen_addresses = '" + from.address() + "'");
        std::ofstream{server_.home() + "/data/pg_hba.conf", std::ios::app} << "host all all " << from.address()
                                                                           << "/30 trust\n";
        server_.crash();
        server_.start();
    }

    std::string near(std::string const& database = "queue") const { return server_.url(database); }
    std::string far(std::string const& database = "queue") const {
        return "host=" + from_.address() + " port=5432 user=postgres dbname=" + database;
    }
    std::string value(std::string const& sql) const {
        pqxx::connection connection{near()};
        return pqxx::nontransaction{connection}.exec(sql)[0][0].c_str();
    }
    bool becomes_true(std::string const& sql) const {
        return eventually([&] { return value("select (" + sql + ")::text") == "true"; });
    }

  private:
    txq::chaos::far_network const& from_;
    server server_;
};

/// A program in there.
process start(txq::chaos::far_network const& where, std::vector<std::string> const& program) {
    auto command = where.command();
    command.push_back(TXQ_PROGRAMS "/" + program.front());
    command.insert(command.end(), program.begin() + 1, program.end());
    return process{command};
}

constexpr char worker_file[] = "lease = '2s'\n[kind.hold]\n"
                               "sql = \"select pg_sleep(case when slow then 3600 else 0 end) from gate\"\n";

} // namespace

TEST_CASE("a transaction that a worker's lost network has left open keeps its job for seconds only") {
    txq::chaos::far_network far;
    if (!far.exists()) {
        WARN("not tested: " << far.why_not());
        return;
    }
    reachable_server queue{far};
    scratch files;
    auto const file = files.write("worker.toml", worker_file);
    pqxx::connection setup{queue.near()};
    pqxx::nontransaction{setup}.exec("create table gate as select true as slow");
    auto const lost = start(far, {"txq-worker", "--relay", "--config", file, "--database", queue.far()});
    pqxx::nontransaction{setup}.exec("select txq.enqueue('hold', '{}')");
    REQUIRE(queue.becomes_true("select count(*) > 0 from pg_stat_activity where query like '%pg_sleep(case%' and "
                               "wait_event = 'PgSleep'"));
    far.lose(100);
    pqxx::nontransaction{setup}.exec("update gate set slow = false");
    process const other{{"txq-worker", "--config", file, "--database", queue.near()}};
    CHECK(queue.becomes_true("select count(*) = 1 from txq.processed_jobs"));
}

TEST_CASE("a relay between two databases and a worker are back within ten seconds of their network") {
    txq::chaos::far_network far;
    if (!far.exists()) {
        WARN("not tested: " << far.why_not());
        return;
    }
    reachable_server servers{far};
    scratch files;
    auto const file = files.write("worker.toml", "lease = '2s'\n[kind.test]\nsql = 'select 1'\n");
    auto const relay = start(far, {"txq-relay", "--source", servers.far("shop"), "--queue", servers.far()});
    auto const worker = start(far, {"txq-worker", "--config", file, "--database", servers.far()});
    questions shop{servers.near("shop")};
    questions queue{servers.near()};
    auto const completed = "select count(*) from txq.processed_jobs";
    shop.value("select txq.enqueue('test', '{}')");
    REQUIRE(queue.becomes(completed, "1"));

    far.lose(100);
    for (auto const* cut_off : {&relay, &worker})
        REQUIRE(eventually([&] { return cut_off->output().find("trying again until it can") != std::string::npos; }));
    shop.value("select txq.enqueue('test', '{}')");
    far.lose(0);
    CHECK(queue.becomes(completed, "2", time_to_come_back));
}
