// That the rights which `txq roles` gives, and the documentation for more, are enough; rights_test.cpp shows that they
// are no more.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/markdown.hpp>
#include <support/process.hpp>
#include <support/roles.hpp>
#include <support/running_worker.hpp>

#include <txq/jobs_by_key.hpp>
#include <txq/scheduler.hpp>

using Catch::Matchers::Contains;
using namespace txq;
using namespace txq::test;

namespace {

/// A database with the roles that `txq roles` makes, and what the documentation grants besides.
class granted {
  public:
    granted() {
        for (auto const& page : documentation())
            for (auto const& block : code_blocks(page, "sql"))
                if (block.text.starts_with("grant")) db.query(roles.in(block.text));
    }

    std::string url_of(std::string_view role) const { return roles.url_of(role); }
    command txq(std::string_view role, std::vector<std::string> arguments) const {
        arguments.insert(arguments.end(), {"--database", url_of(role)});
        return run_txq(arguments);
    }
    void relay_once() const {
        process relay{{"txq-relay", "--once", "--queue", url_of("relay")}};
        auto const status = relay.wait();
        INFO(relay.output());
        CHECK(status == 0);
    }

    database db;
    printed_roles roles{db};
};

std::string put_one(database& db) {
    put_jobs(db, {.kind = "shown"});
    return db.value("select id from txq.jobs where kind = 'shown'");
}

} // namespace

TEST_CASE("each program gets along with the rights of its role") {
    granted on;
    auto const enqueued = on.txq("producer", {"enqueue", "test"});
    INFO(enqueued.err);
    REQUIRE(enqueued.status == 0);
    on.relay_once();
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) { tx.exec("select 1"); });
    handlers.add("fails", [](raw_job const&, context&) { throw permanent_error{"no"}; });
    running_worker worker{on.url_of("worker"), handlers};
    on.db.wait_until(processed, "1");
    put_jobs(on.db, {.kind = "fails"});
    on.db.wait_until("select string_agg(state::text, ' ') from txq.jobs", "dead");
    worker.stop();
    auto const id = on.db.value("select id from txq.jobs");
    for (auto const& command :
         std::vector<std::vector<std::string>>{{"status"},
                                               {"jobs", "show", id},
                                               {"dead", "redrive", id},
                                               {"jobs", "discard", id},
                                               {"jobs", "retry", id},
                                               {"jobs", "reschedule", id, "--delay", "1h"},
                                               {"jobs", "cancel", id},
                                               {"queues", "pause", "mail"},
                                               {"queues", "resume", "mail"},
                                               {"queues", "set", "mail", "--fair"},
                                               {"tenants", "set", "ann", "--weight", "2"},
                                               {"tenants", "pause", "ann"},
                                               {"tenants", "resume", "ann"},
                                               {"kinds", "pause", "test"},
                                               {"kinds", "resume", "test"},
                                               {"dead", "purge", "--older-than", "0s"},
                                               {"workers"},
                                               {"schedule", "add", "s", "@daily", "test"},
                                               {"schedule", "add", "q", "@daily", "--sql", "select 1"},
                                               {"schedule", "list"},
                                               {"schedule", "run", "s"},
                                               {"schedule", "pause", "s"},
                                               {"schedule", "resume", "s"},
                                               {"schedule", "remove", "q"},
                                               {"limits", "set", "queue", "mail", "--max-running", "1"},
                                               {"limits", "remove", "queue", "mail"},
                                               {"migrate", "--status"}}) {
        auto const ended = on.txq("operator", command);
        INFO(command[0] << ' ' << command.back() << ": " << ended.err);
        CHECK(ended.status == 0);
    }
    for (auto const& command : std::vector<std::vector<std::string>>{{"status"},
                                                                     {"jobs", "list"},
                                                                     {"jobs", "show", put_one(on.db)},
                                                                     {"dead", "list"},
                                                                     {"queues", "list"},
                                                                     {"kinds", "list"},
                                                                     {"tenants", "list"},
                                                                     {"limits", "list"},
                                                                     {"workers"},
                                                                     {"schedule", "list"},
                                                                     {"migrate", "--status"}}) {
        auto const ended = on.txq("reader", command);
        INFO(command[0] << ' ' << command.back() << ": " << ended.err);
        CHECK(ended.status == 0);
    }
}

TEST_CASE("a scheduler gets along with the rights of a worker") {
    granted on;
    on.db.query("select txq.add_schedule('due', 'every hour', 'test'), txq.add_schedule('bad', 'at times', 'test')");
    on.db.query("update txq.schedules set since = now() - interval '1 hour'");
    scheduler const running{{.database = on.url_of("worker"),
                             .set = {.name = "shop", .schedules = {{.name = "tidy", .times = "@daily", .kind = "k"}}}}};
    on.db.wait_until("select count(*) from txq.jobs", "1");
    on.db.wait_until("select count(*) from txq.schedules where file_set = 'shop'", "1");
    on.db.wait_until("select count(*) from txq.schedules where problem is not null", "1");
}

TEST_CASE("a program may be allowed to keep schedules of jobs and none that run SQL") {
    granted on;
    pqxx::connection connection{on.url_of("producer")};
    pqxx::nontransaction tx{connection};
    CHECK(add_schedule(tx, "sync", "every 5 minutes", "sync_inventory", "{}") == schedule_change::added);
    run_schedule(tx, "sync");
    CHECK(list_schedules(tx).size() == 1);
    CHECK(pause_schedule(tx, "sync"));
    CHECK(resume_schedule(tx, "sync"));
    CHECK(remove_schedule(tx, "sync"));
    for (auto const* forbidden : {"select txq.add_sql_schedule('a', '@daily', 'select 1')",
                                  "select txq.put_schedule_set('a', '[]')", "select txq.start_runs('{}', '{}', '{}')",
                                  "select txq.put_schedule(null, 'x')", "insert into txq.schedules (name) values ('a')",
                                  "delete from txq.schedules", "delete from txq.schedule_runs"})
        CHECK_THROWS_WITH(tx.exec(forbidden), Contains("permission denied"));
}

TEST_CASE("jobs are made one and looked after by key with the rights of the roles") {
    granted on;
    for (int i = 0; i < 2; ++i)
        CHECK(on.txq("producer", {"enqueue", "test", "--unique-key", "k", "--on-conflict", "replace"}).status == 0);
    on.relay_once();
    CHECK(on.db.number("select count(*) from txq.jobs") == 1);
    pqxx::connection connection{on.url_of("producer")};
    pqxx::nontransaction tx{connection};
    CHECK(find_job(tx, "test", "k")->state == "ready");
    CHECK(reschedule_job(tx, "test", "k", std::chrono::system_clock::now()));
    CHECK(cancel_job(tx, "test", "k") == cancellation::cancelled);
    CHECK_FALSE(outcome_of_enqueue(tx, uuid::v7()));
    for (auto const* forbidden : {"select from txq.unique_keys", "select from txq.unique_outcomes",
                                  "select txq.unique_stage(txq.uuid_v7(), txq.uuid_v7())"})
        CHECK_THROWS_WITH(tx.exec(forbidden), Contains("permission denied"));
    CHECK(on.txq("operator", {"jobs", "list", "--kind", "test", "--key", "k"}).status == 0);
}

TEST_CASE("a relay with the rights of its role truncates what it has moved and keeps what it cannot move") {
    granted on;
    CHECK(on.txq("producer", {"enqueue", "test"}).status == 0);
    on.relay_once();
    on.relay_once();
    CHECK(on.db.number("select count(*) from txq.outbox") == 0);
    on.db.query("alter table txq.jobs add check (kind <> 'odd')");
    CHECK(on.txq("producer", {"enqueue", "odd"}).status == 0);
    on.relay_once();
    CHECK(on.db.number("select count(*) from txq.outbox_rejected") == 1);
}

TEST_CASE("a role has no rights that are another one's") {
    granted on;
    CHECK(on.txq("reader", {"enqueue", "test"}).status == 1);
    CHECK(on.txq("operator", {"enqueue", "test"}).status == 1);
    CHECK(on.txq("producer", {"jobs", "list"}).status == 1);
    CHECK(on.txq("reader", {"queues", "pause", "mail"}).status == 1);
    CHECK(on.txq("reader", {"schedule", "add", "a", "@daily", "test"}).status == 1);
    CHECK_THAT(on.txq("reader", {"queues", "pause", "mail"}).err, Contains(on.roles.own("reader")));
}
