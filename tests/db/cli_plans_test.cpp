// What the operator's command asks: by index, and at a cost that is bounded whatever the tables hold.

#include <support/catch.hpp>
#include <support/explain.hpp>

using namespace txq;
using txq::test::buffers;
using txq::test::database;
using txq::test::explaining_session;

namespace {

constexpr int most_counted = 10'000;

/// Three hundred thousand jobs in four queues and all states, and as many processed ones and rows of the outbox.
void fill(database& db) {
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('plan:1', '1 second', '{default}', '{kind_1}')");
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, enqueued_at, "
        "payload, worker, claimed_at, finished_at) "
        "select gen_random_uuid(), gen_random_uuid(), (array['default', 'mail', 'images', 'billing'])[1 + i % 4], "
        "'kind_' || i % 10, i % 4, 20, state::txq.job_state, case when state in ('ready', 'running') then i end, "
        "now() + i * interval '1 second', now(), '{}', case when state = 'running' then 1 end, "
        "case when state = 'running' then now() end, "
        "case when state in ('dead', 'held', 'discarded', 'cancelled') then now() - i * interval '1 second' end "
        "from (select i, (array['ready', 'scheduled', 'dead', 'discarded', 'cancelled', 'ready', 'scheduled', 'dead', "
        "'held', case when i % 1000 = 9 then 'running' else 'scheduled' end])[1 + i % 10] as state "
        "from generate_series(1, 300000) as i) as job");
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) select gen_random_uuid(), "
             "gen_random_uuid(), 'default', 'kind_1', 1 from generate_series(1, 100000)");
    db.query("insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message) "
             "select id, 1, 1, 'plan:1', now(), 'error', 'message' from txq.jobs where state = 'dead'");
    db.query("insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, payload) select "
             "gen_random_uuid(), gen_random_uuid(), 'default', 'kind_1', 2, 20, '{}' from generate_series(1, 100000)");
    db.query(
        "insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, "
        "late_seqs, jobs, relay) select ('00000000-0000-0000-0000-00000000000' || source)::uuid, '7/8', batch, 1, '9', "
        "9, "
        "'{}', '{}', 1, 'host:1' from generate_series(1, 3) as source, generate_series(1, 20000) as batch");
    db.query("insert into txq.stopped_outboxes (source, database, batch, kept_batch, timeline, why, relay) values "
             "('00000000-0000-0000-0000-000000000001', '7/8', 20000, 19000, 1, 'lost_commits', 'host:1')");
}

bool is_small(std::string const& table) { return table == "workers" || table == "queues" || table.starts_with("pg_"); }

/// Every way in which a plan reads more of a large table than it should.
std::string excesses(nlohmann::json const& plan, double most_rows) {
    std::string found;
    auto const type = plan["Node Type"].get<std::string>();
    auto const table = plan.value("Relation Name", "");
    auto const rows = plan["Actual Rows"].get<double>() + plan.value("Rows Removed by Filter", 0.0);
    auto const executed = plan["Actual Loops"].get<double>() > 0;
    if (!table.empty() && !is_small(table) && executed && (type == "Seq Scan" || rows > most_rows))
        found += type + " of " + table + " with " + std::to_string(rows) + " rows; ";
    for (auto const& child : plan.value("Plans", nlohmann::json::array())) found += excesses(child, most_rows);
    return found;
}

std::string dead_ids(database& db, int number) {
    return "'" +
           db.value("select array_agg(id) from (select id from txq.jobs where state = 'dead' limit " +
                    std::to_string(number) + ") as dead") +
           "'";
}

} // namespace

TEST_CASE("what the operator's command asks is answered by index at a bounded cost") {
    auto const analyzed = GENERATE(false, true);
    INFO("with statistics: " << analyzed);
    database db;
    fill(db);
    if (analyzed) db.query("analyze");
    explaining_session session{db};
    auto const check = [&](statement const& what, std::string const& arguments, double most_rows, int most_buffers) {
        INFO(what.name << " (" << arguments.substr(0, 80) << ")");
        auto const plan = session.run(what, arguments);
        CHECK(excesses(plan, most_rows) == "");
        CHECK(buffers(plan) < most_buffers);
        CHECK(plan["Actual Total Time"].get<double>() < 1000); // milliseconds: about 30 on an idle machine
    };
    auto const most = std::to_string(most_counted);

    check(sql::status_queues, most, most_counted + 1, 8 * most_counted);
    check(sql::status_totals, most, most_counted + 1, 4 * most_counted);
    check(sql::status_relays, "", 3, 60);
    check(sql::stopped_outboxes, "null, null", 1001, 1000);
    check(sql::jobs_enqueued_between, "now() - interval '1 hour', now(), 10000", 10001, 20'000);
    check(sql::status_outbox, "'0', 0, '{}', '{}', " + most, most_counted + 1, most_counted);
    check(sql::list_workers, most, most_counted + 1, 1000);
    check(sql::list_jobs, "null, null, null, null, 50, 1000, null, null, null", 1000, 4000);
    check(sql::list_jobs, "null, 'mail', null, 'ready', 50, 1000, null, null, null", 2001, 8000);
    check(sql::list_jobs, "null, null, null, 'running', 50, 1000, null, null, null", 2001, 8000);
    check(sql::list_jobs, "null, null, 'kind_9', 'dead', 50, 1000, null, null, null", 2001, 12000);
    check(sql::list_jobs, "null, null, null, 'held', 50, 1000, 'exit:%', null, null", 2001, 12000);
    check(sql::list_jobs, "null, null, null, null, 50, 1000, 'error', null, null", 1000, 12000);
    check(sql::list_jobs, "null, null, 'kind_7', null, 50, 1000, null, '{key,other}', null", 1, 60);

    auto const ids = dead_ids(db, 500);
    check(sql::show_job, "(" + ids + "::uuid[])[1]", 1, 60);
    check(sql::list_attempts, "(" + ids + "::uuid[])[1]", 1, 10);
    check(sql::job_states, ids, 1, 10'000);
    check(sql::show_processed_job, "(" + ids + "::uuid[])[1]", 1, 30);
    check(sql::find_dead_jobs, "'mail', null, now(), null, null, 1000, 500, null, null", 1000, 3000);
    check(sql::find_dead_jobs, "'mail', null, now(), null, null, 1000, 500, 'err%', null", 1000, 6000);
    check(sql::purge_jobs, ids + ", now()", 500, 30'000);
    check(sql::retry_jobs, dead_ids(db, 500) + ", '{dead}', null", 500, 30'000);
    check(sql::cancel_jobs, dead_ids(db, 500) + ", '{ready}'", 500, 10'000);
    check(sql::discard_jobs, dead_ids(db, 500) + ", '{dead}'", 500, 30'000);
}
