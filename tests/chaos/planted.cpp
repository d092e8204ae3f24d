// Part of txq::core in builds with TXQ_PLANTED_BUGS=ON, and of one test in all others.

#ifndef TXQ_PLANTED_BUGS
#define TXQ_PLANTED_BUGS // for a test
#endif
#include <txq/detail/embedded.hpp>
#include <txq/detail/planted.hpp>

#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

namespace txq::planted {

namespace {

/// Replaces a part of a statement's text.
struct change {
    char const* bug;
    char const* statement;
    char const* part;
    char const* by;
};

constexpr char one_of_ours[] = "job.fence = mine.fence and job.worker = $1::bigint";
constexpr char anybodys[] = "mine.fence is not null and $1::bigint is not null";

constexpr char position_written[] =
    R"(insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, late_seqs, jobs, relay, again)
  select $1::uuid, $2::text, $3::bigint, $4::bigint, $5::xid8, $6::bigint, $7::xid8[], $8::bigint[], cardinality($11::uuid[]), $9::text, $22::boolean
  where $3::bigint - 1 = coalesce((select max(last.batch) from txq.relay_batches as last
                                   where last.source = $1::uuid and last.database = $2::text), 0)
  returning batch)";
constexpr char position_not_written[] =
    R"(select $3::bigint as batch where ($1::uuid, $2::text, $4::bigint, $5::xid8, $6::bigint, $7::xid8[], $8::bigint[], $9::text, $22::boolean)
  is distinct from null)";

constexpr change changes[] = {
    // whoever says that an attempt has ended is believed
    {"no-fence", "complete_job", "fence = $3::bigint and worker = $1::bigint",
     "$3::bigint is not null and $1::bigint is not null"},
    {"no-fence", "complete_jobs", one_of_ours, anybodys},
    {"no-fence", "end_attempts", one_of_ours, anybodys},
    // a claim that finds the number as it was
    {"fence-reused", "claim_jobs", "fence = job.fence + 1", "fence = greatest(job.fence, 1)"},
    // two workers may take the same job
    {"unlocked-claim", "lock_jobs", "  for update skip locked\n", ""},
    {"unlocked-claim", "claim_jobs", "select job.ctid, job", "select job.id, job.ctid, job"},
    {"unlocked-claim", "claim_jobs", "select ctid, xmax", "select id, ctid, xmax"},
    {"unlocked-claim", "claim_jobs", "    for update skip locked\n", ""},
    {"unlocked-claim", "claim_jobs", "job.ctid = any (array(select ctid from next))",
     "job.id = any (array(select id from next))"},
    // the record is written and not looked at: see also the changes to the schema
    {"no-unique-index", "record_operation", "on conflict (operation_id) do nothing\n", ""},
    {"no-unique-index", "complete_jobs", "on conflict (operation_id) do nothing", ""},
    {"no-unique-index", "lock_jobs", "done.operation_id = job.operation_id",
     "done.operation_id = job.operation_id limit 1"},
    {"no-unique-index", "claim_jobs", "done.operation_id = job.operation_id",
     "done.operation_id = job.operation_id limit 1"},
    {"no-dedupe", "lock_jobs",
     "(select done.kind from txq.processed_jobs as done where done.operation_id = job.operation_id) as processed_as",
     "null::text as processed_as"},
    {"no-dedupe", "claim_jobs",
     "(select done.kind from txq.processed_jobs as done where done.operation_id = job.operation_id) as processed_as",
     "null::text as processed_as"},
    {"not-recorded", "complete_locked_jobs", "from ended order by operation_id",
     "from ended where false order by operation_id"},
    {"not-recorded", "complete_jobs", "from ended order by operation_id",
     "from ended where false order by operation_id"},
    // rows of transactions that commit late are behind the position
    {"id-cursor", "peek_outbox", "where pg_visible_in_snapshot(late.txid, now.snapshot))",
     "where false and pg_visible_in_snapshot(late.txid, now.snapshot))"},
    {"id-cursor", "read_outbox", "where pg_visible_in_snapshot(late.txid, now.snapshot)",
     "where false and pg_visible_in_snapshot(late.txid, now.snapshot)"},
    {"id-cursor", "move_outbox", "where pg_visible_in_snapshot(late.txid, now.snapshot)",
     "where false and pg_visible_in_snapshot(late.txid, now.snapshot)"},
    // what was read may not be on disk
    {"no-barrier", "outbox_barrier", "select pg_current_xact_id(), setval(",
     "select set_config('synchronous_commit', 'off', true), setval("},
    // slots are emptied whatever the relay has moved
    {"truncate-unread", "truncate_outbox", "txq.truncate_outbox($1::xid8, $2::bigint, $3::xid8[], $4::bigint[])",
     "txq.truncate_outbox(case when ($1::xid8, $3::xid8[], $4::bigint[]) is distinct from null then "
     "'9223372036854775807'::xid8 end, $2::bigint, '{}'::xid8[], '{}'::bigint[])"},
    // the position is committed before the jobs, or after them, where these come from another database
    {"position-before-jobs", "write_batch", position_written, position_not_written},
    {"position-after-jobs", "write_batch", position_written, position_not_written},
    // whoever has been seen once is taken for dead a lease later
    {"rescue-blind", "worker_beats",
     "(select beat.beat from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1) "
     "as beat",
     "0::bigint as beat"},
    {"rescue-blind", "rescue_jobs", "is not distinct from $2::bigint",
     "is distinct from coalesce($2::bigint, -1) - 1000000000"},
    {"rescue-forgets", "rescue_jobs", "where job.worker = $1::bigint and job.state = 'running'",
     "where job.worker = $1::bigint and job.state = 'running' and false"},
    {"rescue-forgets", "rescue_orphans", "where job.state = 'running' and not exists", "where false and not exists"},
    {"crash-not-counted", "rescue_jobs", "job.crashes + gone.crash", "job.crashes"},
    {"attempt-not-counted", "end_attempts", "attempt = job.attempt - mine.refund::integer",
     "attempt = job.attempt - 1"},
    // whoever asks gets all of a limit, and does not see who else holds some
    {"limit-not-shared", "grant_slots",
     "least($4::integer, one.max_running - coalesce(\n         (select sum(other.slots) from txq.limit_grants as "
     "other\n  "
     "        where other.limit_id = one.id and other.worker <> $2::bigint), 0))",
     "0 * $4::integer + one.max_running"},
    {"limit-not-shared", "read_limits", "held.wanted, held.slots", "0 as wanted, 0 as slots"},
    // whoever goes on with an outbox that is read anew does not know it
    {"again-forgotten", "relay_position", "last.late_seqs, last.again,", "last.late_seqs, false as again,"},
    // nobody looks whether one of an order runs, or has failed and is to be run again
    {"order-not-kept", "next_in_order", "active.state in ('scheduled', 'ready', 'running') or ", ""},
    {"promoted-early", "promote_jobs", "run_at <= (select clock_timestamp())",
     "run_at <= (select clock_timestamp() + interval '1 second')"},
};

/// A statement, or a part of a function to be replaced.
struct schema_change {
    char const* bug;
    char const* statement;
    char const* function = nullptr;
    char const* part = nullptr;
    char const* by = nullptr;
};

constexpr schema_change changes_of_schema[] = {
    {"no-unique-index", "alter table txq.processed_jobs drop constraint processed_jobs_operation_id_key"},
    {"order-not-kept", "drop index txq.jobs_first_in_order"},
    // a run of a schedule is nobody's in particular
    {"time-twice", "alter table txq.schedule_runs drop constraint schedule_runs_pkey"},
    {"time-twice",
     "create or replace function txq.scheduled_job_id(schedule text, planned_at timestamptz) returns uuid language sql "
     "volatile set search_path = pg_catalog, pg_temp as 'select gen_random_uuid()'"},
    // a job that takes a key is not written down, unless it is the first one
    {"unique-forgotten", nullptr, "settle_unique", "if taken then", "if false then"},
};

std::string statement_for(schema_change const& one) {
    if (one.statement) return one.statement;
    auto const quoted = [](char const* text) { return std::string{"$text$"} + text + "$text$"; };
    return std::string{"do $do$ declare known text := pg_get_functiondef('txq."} + one.function +
           "'::regproc); begin if strpos(known, " + quoted(one.part) + ") = 0 then raise 'the planted bug " + one.bug +
           " does not fit txq." + one.function + " any more'; end if; execute replace(known, " + quoted(one.part) +
           ", " + quoted(one.by) + "); end $do$";
}

std::string chosen() {
    auto const* value = std::getenv("TXQ_PLANTED_BUG");
    return value ? value : "";
}

/// Wherever the part stands.
void apply(change const& one, std::string& text) {
    std::string const part{one.part};
    auto at = text.find(part);
    if (at == text.npos)
        throw std::logic_error{std::string{"the planted bug "} + one.bug + " does not fit " + one.statement +
                               " any more: see tests/chaos/planted.cpp"};
    for (; at != text.npos; at = text.find(part, at + std::string{one.by}.size()))
        text.replace(at, part.size(), one.by);
}

std::string text_with(std::string const& bug, statement const& what) {
    std::string text{what.text};
    for (auto const& one : changes)
        if (bug == one.bug && std::string{what.name} == one.statement) apply(one, text);
    return text;
}

} // namespace

statement const position_only{
    "write_position",
    R"(insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, late_seqs, jobs, relay, again)
select $1::uuid, $2::text, $3::bigint, $4::bigint, $5::xid8, $6::bigint, $7::xid8[], $8::bigint[], cardinality($11::uuid[]), $9::text, $22::boolean
where ($10::boolean, $12::uuid[], $13::text[], $14::text[], $15::smallint[], $16::integer[], $17::timestamptz[],
       $18::text[], $19::text[], $20::text[], $21::timestamptz[], $22::boolean) is distinct from null)"};

bool is(char const* bug) {
    static auto const name = chosen();
    return name == bug;
}

char const* text_of(statement const& what) {
    static std::mutex mutex;
    static std::map<std::string, std::string> texts;
    std::lock_guard const lock{mutex};
    auto known = texts.find(what.name);
    if (known == texts.end()) known = texts.emplace(what.name, text_with(chosen(), what)).first;
    return known->second.c_str();
}

std::vector<std::string> schema_changes() {
    std::vector<std::string> result;
    for (auto const& one : changes_of_schema)
        if (chosen() == one.bug) result.push_back(statement_for(one));
    return result;
}

std::vector<std::string> all_schema_changes() {
    std::vector<std::string> result;
    for (auto const& one : changes_of_schema) result.push_back(statement_for(one));
    return result;
}

std::vector<changed_statement> all_changed() {
    std::vector<changed_statement> result;
    for (auto const& one : changes)
        for (auto const* what : sql::all)
            if (std::string{what->name} == one.statement)
                result.push_back({one.bug, what->name, text_with(one.bug, *what)});
    return result;
}

} // namespace txq::planted
