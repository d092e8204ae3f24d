// Roles and servers that are not as one would like them to be.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/questions.hpp>
#include <support/relay_and_worker.hpp>
#include <support/server.hpp>

#include <csignal>
#include <memory>
#include <vector>

#include <txq/enqueue.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// A role with defaults that each would break somebody's SQL; dropped at the end with all that it owns.
class hostile_role {
  public:
    explicit hostile_role(database& db) : db_{db}, name_{db.name() + "_hostile"} {
        db_.query("create role " + name_ + " login superuser");
        for (auto const* setting : {
                 "default_transaction_isolation = 'serializable'",
                 "default_transaction_read_only = on",
                 "default_transaction_deferrable = on",
                 "statement_timeout = '50ms'",
                 "lock_timeout = '1ms'",
                 "idle_in_transaction_session_timeout = '20ms'",
                 "search_path = 'nowhere'",
                 "TimeZone = 'Asia/Kathmandu'",
                 "DateStyle = 'German, DMY'",
                 "IntervalStyle = 'sql_standard'",
                 "client_encoding = 'LATIN1'",
                 "bytea_output = 'escape'",
                 "standard_conforming_strings = off",
                 "array_nulls = off",
                 "extra_float_digits = -15",
                 "enable_indexscan = off",
                 "enable_nestloop = off",
                 "synchronous_commit = off",
             })
            db_.query("alter role " + name_ + " set " + setting);
    }
    ~hostile_role() {
        db_.query("drop owned by " + name_ + " cascade");
        db_.query("drop role " + name_);
    }
    hostile_role(hostile_role const&) = delete;
    hostile_role& operator=(hostile_role const&) = delete;

    std::string url() const { return db_.url() + " user=" + name_; }

  private:
    database& db_;
    std::string name_;
};

/// Notes which of those who write these tables do not wait for the disk, now and in what comes.
void note_hasty_writers(database& db) {
    db.query("create table public.hasty (who text)");
    db.query("create function public.note_hasty() returns trigger language plpgsql as $$ begin "
             "if current_setting('synchronous_commit') <> 'on' then "
             "insert into public.hasty values (current_setting('application_name') || ': ' || tg_table_name); end if; "
             "return null; end $$");
    for (std::string const table : {"txq.jobs", "txq.processed_jobs", "txq.relay_batches", "txq.schedule_runs"})
        db.query("create trigger note_hasty after insert or update or delete on " + table +
                 " for each statement execute function public.note_hasty()");
}

/// What an application of that role does that has not set anything but what it cannot do without.
void enqueue_as(hostile_role const& role, std::string const& payload) {
    pqxx::connection application{role.url()};
    pqxx::work tx{application};
    tx.exec("set transaction read write");
    txq::enqueue(tx, "test", payload);
    tx.commit();
}

bool said(process const& one, std::string const& words) { return one.output().find(words) != std::string::npos; }

} // namespace

TEST_CASE("a relay and a worker do their work under a role whose defaults are hostile") {
    database db;
    hostile_role const role{db};
    db.query("create table public.effects (at timestamptz, who text)");
    note_hasty_writers(db);
    relay_and_worker both{role.url(), "0s", "insert into public.effects values (now(), $1->>'who')"};
    enqueue_as(role, "{\"who\": \"application\"}");
    // with characters that LATIN1 has not, delayed, and standing for others
    db.query("select txq.enqueue('test', '{\"who\": \"\u0141\u014d\u2603\"}')");
    db.query("select txq.enqueue('test', '{\"who\": \"later\"}', run_at => now() + interval '300 ms')");
    db.query(
        "select txq.enqueue('test', '{\"who\": \"one\"}', unique_by => '{\"key\": \"k\"}') from generate_series(1, 3)");
    db.query("select txq.add_schedule('often', 'every second', 'test', '{\"who\": \"schedule\"}')");
    db.wait_until("select count(distinct who) from public.effects", "5");
    CHECK(db.number("select count(*) from public.effects where who = '\u0141\u014d\u2603'") == 1);
    both.relay.send(SIGTERM);
    both.worker.send(SIGTERM);
    CHECK(both.relay.wait() == 0);
    CHECK(both.worker.wait() == 0);
    CHECK(db.value("select string_agg(distinct who, ', ') from public.hasty") == "");
    CHECK_THAT(both.relay.output(), !Contains("warning") && !Contains("error"));
    CHECK_THAT(both.worker.output(),
               !Contains("caretaking failed") && !Contains("recording failed") && !Contains("claiming failed"));
}

TEST_CASE("txq does its work under a role whose defaults are hostile") {
    database db{database::schema::none};
    hostile_role const role{db};
    auto const txq = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--database", role.url()});
        auto const ended = run_txq(arguments);
        INFO(ended.err);
        CHECK(ended.status == 0);
        return ended.out;
    };
    txq({"migrate"});
    enqueue_as(role, "{}");
    CHECK_THAT(txq({"status"}), Contains("outbox"));
    txq({"jobs", "list"});
    txq({"schedule", "add", "often", "every hour", "test"});
    CHECK_THAT(txq({"schedule", "list"}), Contains("often"));
}

TEST_CASE("a relay and a worker whose server has no more connections go on with those that they get back") {
    server small;
    auto const url = small.make_database("shop");
    small.execute("alter system set max_connections = 30");
    small.stop();
    small.start();
    questions shop{url};
    shop.value("create table effects (at timestamptz)");
    relay_and_worker both{url};
    shop.value("select txq.enqueue('test', '{}')");
    REQUIRE(shop.becomes("select count(*) from txq.processed_jobs", "1"));

    std::vector<std::unique_ptr<pqxx::connection>> others;
    auto const take_theirs = [&] {
        try {
            for (;;) others.push_back(std::make_unique<pqxx::connection>(url));
        } catch (pqxx::broken_connection const&) { // that was the last one
        }
        return shop.value("select count(pg_terminate_backend(pid)) from pg_stat_activity "
                          "where application_name like 'txq%'") == "0";
    };
    CHECK(eventually(take_theirs));
    shop.value("select txq.enqueue('test', '{}') from generate_series(1, 10)");
    others.clear();
    CHECK(shop.becomes("select count(*) from txq.processed_jobs", "11", time_to_come_back));
    CHECK(both.relay.running());
    CHECK(both.worker.running());
}

TEST_CASE("a relay and a worker wait for connections of a server that has no more and say so") {
    server small;
    auto const url = small.make_database("shop");
    small.execute("alter system set max_connections = 20");
    small.stop();
    small.start();
    questions shop{url};
    shop.value("create table effects (at timestamptz)");
    std::vector<std::unique_ptr<pqxx::connection>> others;
    try {
        for (;;) others.push_back(std::make_unique<pqxx::connection>(url));
    } catch (pqxx::broken_connection const&) { // that was the last one
    }

    relay_and_worker both{url};
    CHECK(eventually([&] { return said(both.relay, "too many clients"); }));
    CHECK(eventually([&] { return said(both.worker, "too many clients"); }));
    others.clear();

    shop.value("select txq.enqueue('test', '{}')");
    CHECK(shop.becomes("select count(*) from txq.processed_jobs", "1", time_to_come_back));
    CHECK(both.relay.running());
    CHECK(both.worker.running());
}
