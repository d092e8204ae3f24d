// A migration is applied while programs work that do not know it.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>
#include <support/running_worker.hpp>
#include <support/scratch.hpp>

#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include <txq/cli/migrator.hpp>
#include <txq/embedded_migrations.hpp>
#include <txq/enqueue.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// What a next release might do to the tables that are busiest.
constexpr char next_outbox[] = R"(
alter table txq.outbox add column shade text;
alter table txq.outbox add constraint shade_length check (octet_length(shade) < 100);
create table txq.outbox_shades (shade text primary key);
insert into txq.migrations (side, number, name, oldest_program) values ('outbox', 1000, 'shades', 1);
)";
constexpr char next_queue[] = R"(
alter table txq.jobs add column shade text;
create index jobs_shade on txq.jobs (shade) where shade is not null;
alter table txq.processed_jobs add column shade text default 'none';
alter table txq.workers add column shade text;
alter table txq.failed_attempts add column shade text;
insert into txq.migrations (side, number, name, oldest_program) values ('queue', 1000, 'shades', 1);
)";

int migrate(database& db) {
    std::vector<txq::migration> all{std::begin(txq::embedded_migrations), std::end(txq::embedded_migrations)};
    all.push_back({txq::side::outbox, 1000, "shades", next_outbox});
    all.push_back({txq::side::queue, 1000, "shades", next_queue});
    txq::session session{{.where = txq::connection_info::parse(db.url()), .pooled = true}};
    return txq::cli::apply_missing(session, {.known = all, .lock_timeout = std::chrono::milliseconds{200}});
}

void leave_programs_behind(database& db) {
    db.query("insert into txq.migrations (side, number, name, oldest_program) values ('queue', 1000, 'other', 1000)");
}

constexpr char configuration[] = R"toml(lease = "2s"
[group.all]
poll_interval = "50ms"
[kind.note]
sql = "insert into public.notes values ($3)"
[kind.fails]
sql = "insert into public.notes select $3::uuid where 1 / ($4::integer - 1) >= 0"
retry = "fixed 20ms"
[kind.command]
exec = ["true"]
)toml";

} // namespace

TEST_CASE("a migration is applied under load and programs of before and after run side by side") {
    database db;
    scratch const files;
    db.query("create table notes (operation_id uuid)");
    std::vector<std::string> const worker_command{"txq-worker", "--config", files.write("worker.toml", configuration),
                                                  "--database", db.url()};
    std::vector<std::string> const relay_command{"txq-relay", "--queue", db.url(), "--rotate-interval", "100ms"};
    process relay{relay_command};
    process before{worker_command};
    constexpr int transactions = 150;
    std::jthread const producer{[&] {
        pqxx::connection connection{db.url()};
        for (int i = 0; i < transactions; ++i) {
            pqxx::work tx{connection};
            txq::enqueue(tx, "note", "{}");
            txq::enqueue(tx, "command", "{}");
            tx.exec("select txq.enqueue('fails', '{}')");
            tx.commit();
        }
    }};
    db.wait_until("select count(*) > 20 from txq.processed_jobs", "t");
    CHECK(migrate(db) == 2);
    process standby{relay_command};
    process after{worker_command};
    db.wait_until("select count(*) from txq.workers", "2");
    relay.send(SIGKILL);
    db.wait_until(processed, std::to_string(3 * transactions));

    db.wait_until(jobs_left, "0");
    db.wait_until("select count(*) from txq.outbox", "0");
    CHECK(db.number("select count(distinct operation_id) from notes") == 2 * transactions);
    CHECK(db.number("select count(*) from notes") == 2 * transactions);
    before.send(SIGTERM);
    after.send(SIGTERM);
    CHECK(before.wait() == 0);
    CHECK(after.wait() == 0);
    for (auto const& said : {relay.output(), standby.output(), before.output(), after.output()})
        CHECK_THAT(said, !Contains("cached plan") && !Contains("shade") && !Contains("refuses"));
}

TEST_CASE("programs that a migration leaves behind do not begin") {
    database db;
    scratch const files;
    leave_programs_behind(db);
    process worker{{"txq-worker", "--config", files.write("worker.toml", configuration), "--database", db.url()}};
    process relay{{"txq-relay", "--queue", db.url()}};
    CHECK(worker.wait() == 3);
    CHECK(relay.wait() == 3);
    CHECK_THAT(worker.output(), Contains("needs newer programs than this one"));
}

TEST_CASE("programs that a migration leaves behind while they run end what they have begun and stop") {
    database db;
    scratch const files;
    db.query("create table notes (operation_id uuid)");
    process worker{{"txq-worker", "--config", files.write("worker.toml", configuration), "--database", db.url()}};
    process relay{{"txq-relay", "--queue", db.url()}};
    db.query("select txq.enqueue('note', '{}')");
    db.wait_until(processed, "1");
    process standby{{"txq-relay", "--queue", db.url()}};
    leave_programs_behind(db);
    CHECK(worker.wait() == 3);
    CHECK(relay.wait() == 3);
    CHECK(standby.wait() == 3);
    CHECK_THAT(worker.output(), Contains("a migration has left this program behind") && Contains("left abandoned"));
    CHECK_THAT(relay.output(), Contains("needs newer programs than this one"));
    CHECK(db.number("select count(*) from txq.workers") == 0);
}

TEST_CASE("programs do not begin on a schema that lacks what their statements are about") {
    database db;
    scratch const files;
    db.query("delete from txq.migrations as last where number = (select max(number) from txq.migrations where side = "
             "last.side)");
    process worker{{"txq-worker", "--config", files.write("worker.toml", configuration), "--database", db.url()}};
    process relay{{"txq-relay", "--queue", db.url()}};
    process status{{"txq", "status", "--database", db.url()}};
    for (auto* one : {&worker, &relay, &status}) {
        CHECK(one->wait() == 3);
        CHECK_THAT(one->output(), Contains("run: txq migrate --side"));
    }
}
