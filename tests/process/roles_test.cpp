// The programs with the rights of their roles do all that they do, and not only what comes to the test's mind.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>
#include <support/roles.hpp>
#include <support/running_worker.hpp>
#include <support/scratch.hpp>

#include <csignal>

#include <txq/enqueue.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr char configuration[] = R"toml(lease = '2s'
retention = '1h'
grace = '0s'
schedule_set = 'shop'
[group.all]
poll_interval = '20ms'
[kind.note]
sql = "insert into public.notes values ($1::jsonb->>'text')"
[kind.chain]
sql = "select txq.enqueue('note', '{\"text\": \"followed\"}', queue => 'default')"
[kind.fails]
sql = "select 1/0"
[kind.sleeps]
exec = ['sleep', '30']
[schedule.tidy]
times = "every hour"
kind = "note"
)toml";

} // namespace

TEST_CASE("producer and relay and workers do all of their work with the rights of their roles") {
    database db;
    printed_roles const roles{db};
    scratch const files;
    auto const file = files.write("worker.toml", configuration);
    db.query("create table notes (text text); grant insert on notes to " + roles.own("worker"));
    db.query("grant " + roles.own("producer") + " to " + roles.own("worker"));
    db.query("select txq.set_queue('default', fair => true), txq.set_limit('kind', 'note', 2)");
    process relay{{"txq-relay", "--queue", roles.url_of("relay"), "--rotate-interval", "50ms"}};
    std::vector<std::string> const worker_command{"txq-worker", "--config", file, "--database", roles.url_of("worker")};
    auto killed = std::make_unique<process>(worker_command);
    {
        pqxx::connection connection{roles.url_of("producer")};
        pqxx::work tx{connection};
        txq::enqueue(tx, "sleeps", "{}");
        tx.commit();
    }
    db.wait_until("select count(*) from txq.jobs where state = 'running'", "1");
    killed->send(SIGKILL);
    killed->wait();
    process worker{worker_command};
    {
        pqxx::connection connection{roles.url_of("producer")};
        pqxx::work tx{connection};
        txq::enqueue(tx, "note", R"({"text": "plain"})", {.tenant = "ann"});
        txq::enqueue(tx, "note", R"({"text": "unique"})", {.unique = txq::unique{.key = "k"}});
        txq::enqueue(tx, "fails", "{}", {.max_attempts = 1});
        txq::enqueue(tx, "chain", "{}", {.delay = std::chrono::milliseconds{50}});
        tx.exec("select txq.enqueue('note', '{\"text\": \"in SQL\"}', unique_by => '{\"key\": \"s\"}', operation_id => "
                "'o')");
        tx.commit();
    }
    db.wait_until("select string_agg(text, ', ' order by text) from notes", "followed, in SQL, plain, unique");
    db.wait_until("select count(*) from txq.jobs where state = 'dead'", "1");
    db.wait_until("select count(*) from txq.jobs where kind = 'sleeps' and crashes = 1 and state = 'running'", "1");
    db.wait_until("select count(*) from txq.outbox", "0");
    db.query("select txq.cancel_job('note', 'k')");
    worker.send(SIGTERM);
    relay.send(SIGTERM);
    worker.wait();
    CHECK(relay.wait() == 0);
    for (auto const& said : {worker.output(), relay.output(), killed->output()})
        CHECK_THAT(said, !Contains("privilege") && !Contains("permission"));
}
