#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/process.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include <unistd.h>

#include <txq/cli/migrator.hpp>
#include <txq/embedded_migrations.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using txq::test::database;
using txq::test::process;
using txq::test::run_txq;

namespace {

/// Everything that migrations make, as text: two databases with the same description have the same schema.
std::string description(database& db) {
    return db.value(
        "select string_agg(line, E'\\n' order by line) from ("
        "select format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
        "  pg_get_expr(d.adbin, d.adrelid)) as line from pg_class c join pg_attribute a on a.attrelid = c.oid "
        "  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum "
        "  where c.relnamespace = 'txq'::regnamespace and a.attnum > 0 "
        "union all select indexdef from pg_indexes where schemaname = 'txq' "
        "union all select conname || pg_get_constraintdef(oid) from pg_constraint "
        "  where connamespace = 'txq'::regnamespace "
        "union all select pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc "
        "  where pronamespace = 'txq'::regnamespace "
        "union all select side || number || name || checksum || oldest_program from txq.migrations) as lines");
}

txq::session session_on(database const& db) {
    return txq::session{{.where = txq::connection_info::parse(db.url()), .statement_timeout = 0s}};
}

constexpr auto built_in = std::ssize(txq::embedded_migrations);
constexpr auto of_the_queue = std::ranges::count(txq::embedded_migrations, txq::side::queue, &txq::migration::side);

/// Migrations of a test's own, on top of those that are built in.
std::vector<txq::migration> with_second(std::string_view text) {
    std::vector<txq::migration> known;
    for (auto const& one : txq::embedded_migrations)
        if (one.side == txq::side::queue) known.push_back(one);
    known.push_back({txq::side::queue, known.back().number + 1, "second", text});
    return known;
}

constexpr char good_text[] =
    "create table txq.second (); insert into txq.migrations (side, number, name, oldest_program) "
    "select 'queue', max(number) + 1, 'second', 1 from txq.migrations where side = 'queue';";

txq::cli::migrator_options only_queue(std::vector<txq::migration> const& known) {
    txq::cli::migrator_options how;
    how.sides = {txq::side::queue};
    how.known = known;
    how.lock_timeout = 50ms;
    how.patience = 0ms;
    return how;
}

} // namespace

TEST_CASE("migrate applies both sides to an empty database and then has nothing to do") {
    database db{database::schema::none};

    auto const first = run_txq(db, {"migrate"});
    auto const second = run_txq(db, {"migrate"});

    CHECK(first.status == 0);
    CHECK(first.out.starts_with(
        "applied outbox 1 outbox\napplied outbox 2 backpressure\napplied outbox 3 "
        "producers\napplied outbox 4 reading_anew\napplied queue 1 queue\napplied queue 2 schedules\n"));
    CHECK(std::ranges::count(first.out, '\n') == built_in);
    CHECK(first.err.empty());
    CHECK(second.status == 0);
    CHECK(second.out == "nothing to do: the schema is up to date\n");
    CHECK(db.number("select count(*) from txq.migrations where checksum is not null") == built_in);
}

TEST_CASE("migrate applies one side alone") {
    database db{database::schema::none};

    CHECK(run_txq(db, {"migrate", "--side", "queue"}).status == 0);

    CHECK(db.value("select to_regclass('txq.jobs') is not null") == "t");
    CHECK(db.value("select to_regclass('txq.outbox') is null") == "t");
    CHECK(run_txq(db, {"migrate", "--status", "--side", "queue"}).status == 0);
    CHECK(run_txq(db, {"migrate", "--status"}).status == 3);
}

TEST_CASE("programs are told what was applied") {
    database db{database::schema::none};
    auto const first = run_txq(db, {"migrate", "--json"}).json()["applied"];
    REQUIRE(std::ssize(first) == built_in);
    CHECK(first[4] == nlohmann::json{{"side", "queue"}, {"number", 1}, {"name", "queue"}});
    CHECK(run_txq(db, {"migrate", "--json"}).json()["applied"].empty());
}

TEST_CASE("two processes that migrate at once apply each migration once") {
    database db{database::schema::none};
    std::vector<std::unique_ptr<process>> both;
    for (int i = 0; i < 2; ++i)
        both.push_back(std::make_unique<process>(std::vector<std::string>{"txq", "migrate", "--database", db.url()}));

    for (auto& one : both) {
        CHECK(one->wait() == 0);
        INFO(one->output());
        CHECK_THAT(one->output(), Contains("applied") || Contains("nothing to do"));
    }
    CHECK(db.number("select count(*) from txq.migrations where checksum is not null") == built_in);
}

TEST_CASE("migrate waits for another migrate and goes on when that has finished") {
    database db{database::schema::none};
    pqxx::connection other{db.url()};
    auto busy = std::make_unique<pqxx::work>(other);
    busy->exec("select pg_advisory_xact_lock(hashtextextended('txq-migrate', 0))");
    process migrating{{"txq", "migrate", "--database", db.url()}};
    while (migrating.output().find("another txq migrate is at work") == std::string::npos && migrating.running())
        std::this_thread::sleep_for(2ms);
    CHECK(migrating.running());

    busy->commit();

    CHECK(migrating.wait() == 0);
    CHECK(db.number("select count(*) from txq.migrations") == built_in);
}

TEST_CASE("the script that migrate prints does the same as migrate") {
    database by_migrate{database::schema::none};
    database by_psql{database::schema::none};
    run_txq(by_migrate, {"migrate"});
    auto const file = "/tmp/txq_migrate_test_" + std::to_string(getpid()) + ".sql";
    std::ofstream{file} << run_txq({"migrate", "--sql"}).out;

    std::vector<std::string> const run_script{"psql",   "--no-psqlrc", "--quiet",    "--set", "ON_ERROR_STOP=1",
                                              "--file", file,          by_psql.url()};
    process psql{run_script};
    auto const status = psql.wait();
    process again{run_script};
    auto const status_again = again.wait();
    unlink(file.c_str());

    CHECK(status == 0);
    CHECK(psql.output().empty());
    CHECK(status_again == 3);
    CHECK_THAT(again.output(), Contains("outbox migration 1 (outbox) is applied already, and nothing was changed") &&
                                   Contains("--missing"));
    CHECK(description(by_psql) == description(by_migrate));
    CHECK(run_txq(by_psql, {"migrate"}).out == "nothing to do: the schema is up to date\n");
}

TEST_CASE("the script can be of what a database lacks") {
    database db{database::schema::queue};
    auto const script = run_txq(db, {"migrate", "--sql", "--missing"}).out;
    CHECK_THAT(script, Contains("create table txq.outbox ") && !Contains("create table txq.jobs "));
    run_txq(db, {"migrate"});
    CHECK(run_txq(db, {"migrate", "--sql", "--missing"}).out.empty());
}

TEST_CASE("what another tool applied from the files counts as applied") {
    database db; // as the tests' template is made
    CHECK(db.number("select count(*) from txq.migrations where checksum is null") == built_in);
    CHECK(run_txq(db, {"migrate"}).out == "nothing to do: the schema is up to date\n");
}

TEST_CASE("a migration that was changed after it had been applied is an error with exit status 3") {
    database db;
    db.query("update txq.migrations set checksum = '0' where side = 'queue'");
    for (std::vector<std::string> const& command :
         {std::vector<std::string>{"migrate"}, {"migrate", "--status"}, {"migrate", "--sql", "--missing"}}) {
        auto const ended = run_txq(db, command);
        CHECK(ended.status == 3);
        CHECK_THAT(ended.err, Contains("queue migration 1 (queue) was applied on") && Contains("another text"));
    }
    CHECK_THAT(run_txq(db, {"migrate", "--status"}).out, Contains("changed"));
    CHECK(run_txq(db, {"migrate", "--side", "outbox"}).status == 0);
}

TEST_CASE("a migration that this program does not know is an error with exit status 3") {
    database db;
    db.query("insert into txq.migrations (side, number, name, oldest_program) values ('queue', 1000, 'future', 1)");
    auto const ended = run_txq(db, {"migrate"});
    CHECK(ended.status == 3);
    CHECK_THAT(ended.err, Contains("queue migration 1000 (future) was applied by a newer program"));
    CHECK_THAT(run_txq(db, {"migrate", "--status"}).out, Contains("unknown"));
    SECTION("other commands work with it if it lets them") { CHECK(run_txq(db, {"jobs", "list"}).status == 0); }
    SECTION("other commands refuse it if it does not") {
        db.query("update txq.migrations set oldest_program = 1000 where number = 1000");
        CHECK(run_txq(db, {"jobs", "list"}).status == 3);
    }
}

TEST_CASE("status shows what is applied since when and what is missing") {
    database db{database::schema::none};
    auto const before = run_txq(db, {"migrate", "--status", "--json"});
    run_txq(db, {"migrate"});
    auto const after = run_txq(db, {"migrate", "--status", "--json"});

    CHECK(before.status == 3);
    CHECK(before.json()["migrations"][0]["state"] == "missing");
    CHECK(before.json()["migrations"][0]["applied_at"].is_null());
    CHECK(after.status == 0);
    CHECK(after.json()["migrations"][0]["state"] == "applied");
    CHECK(after.json()["migrations"][0]["applied_at"].is_string());
}

TEST_CASE("a migration that fails leaves nothing behind and those before it stay") {
    database db{database::schema::queue};
    auto const known = with_second("create table txq.half_done (); select 1 / 0;");
    auto session = session_on(db);
    CHECK_THROWS_AS(txq::cli::apply_missing(session, only_queue(known)), pqxx::sql_error);
    CHECK(db.value("select to_regclass('txq.half_done') is null") == "t");
    CHECK(db.number("select count(*) from txq.migrations") == of_the_queue);
}

TEST_CASE("a schema of that name that is not txq's is left alone with a message that says so") {
    database db{database::schema::none};
    db.query("create schema txq; create table txq.outbox (id int)");
    auto const refused = run_txq(db, {"migrate"});
    CHECK(refused.status == 3);
    CHECK_THAT(refused.err,
               Contains("relation \"outbox\" already exists") && Contains("that no migration of txq's made"));
}

TEST_CASE("a migration that does not keep its books is refused and rolled back") {
    database db{database::schema::queue};
    auto const known = with_second("create table txq.half_done ()");
    auto session = session_on(db);
    CHECK_THROWS_WITH(txq::cli::apply_missing(session, only_queue(known)), Contains("does not add its row"));
    CHECK(db.value("select to_regclass('txq.half_done') is null") == "t");
}

TEST_CASE("a migration gives up a lock that it cannot have soon and is applied when it can") {
    database db{database::schema::queue};
    auto const text = std::string{"alter table txq.jobs add column extra text; "} + good_text;
    auto const known = with_second(text);
    pqxx::connection other{db.url()};
    auto reading = std::make_unique<pqxx::work>(other);
    reading->exec("select from txq.jobs");
    auto session = session_on(db);

    auto impatient = only_queue(known);
    CHECK_THROWS_WITH(txq::cli::apply_missing(session, impatient), Contains("holds a lock that a migration needs"));
    CHECK(db.number("select count(*) from txq.migrations") == of_the_queue);

    auto patient = impatient;
    patient.patience = 30s;
    patient.on_waiting = [&](std::string const&) { reading.reset(); };
    CHECK(txq::cli::apply_missing(session, patient) == 1);
    CHECK(db.value("select checksum is not null from txq.migrations where name = 'second'") == "t");
}

TEST_CASE("migrate without a database says how to name one") {
    for (auto const* variable : {"TXQ_DATABASE_URL", "PGHOST", "PGDATABASE", "PGSERVICE"}) unsetenv(variable);
    auto const ended = run_txq({"migrate"});
    CHECK(ended.status == 4);
    CHECK_THAT(ended.err, Contains("--database") && Contains("TXQ_DATABASE_URL") && Contains("tools/dev/pg start"));
}
