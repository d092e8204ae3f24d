#include "rest.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "check_parts.hpp"
#include "evidence.hpp"

namespace txq::chaos {

namespace {

constexpr char unfinished[] = "select count(*) from txq.jobs where finished_at is null";

/// What sessions do, and which others they wait for.
constexpr char sessions[] =
    "select string_agg(concat_ws(' ', now(), datname, pid, application_name, state, wait_event, now() - state_change, "
    "'blocked by ' || nullif(pg_blocking_pids(pid), '{}')::text, backend_xid, left(regexp_replace(query, '\\s+', ' ', "
    "'g'), 100)), E'\\n') from pg_stat_activity where backend_type = 'client backend'";

constexpr char outbox_rows[] = "select concat_ws(E'\\n', pg_current_snapshot(), string_agg(concat_ws(' ', "
                               "tableoid::regclass, xmin, txid, seq, id), "
                               "E'\\n')) from txq.outbox";

/// What could keep a job from being run: its row, who may have it, and what is counted of limits.
constexpr std::array holding_up{
    "select json_agg(row_to_json(job)) from (select ctid::text, xmin::text, xmax::text, pg_current_snapshot()::text as "
    "now_at, job.* from txq.jobs as job where finished_at is null limit 100) as job",
    "select json_agg(row_to_json(worker)) from txq.workers as worker",
    "select json_agg(row_to_json(one)) from txq.parked_jobs as one",
    "select json_agg(row_to_json(one)) from txq.limit_grants as one",
    "select json_agg(row_to_json(one)) from txq.limit_batches as one",
    "select json_agg(row_to_json(one)) from txq.limit_holds as one",
    "select json_agg(row_to_json(lock)) from pg_locks as lock where not granted or locktype in ('tuple', 'advisory')"};

constexpr char positions[] = "select string_agg(last::text, E'\\n') from (select distinct on (source, database) * from "
                             "txq.relay_batches order by source, database, batch desc) as last";

std::string unfinished_jobs(long long count) { return std::to_string(count) + " jobs are not at their end"; }

long long count_enqueued(cluster& servers) {
    long long count = 0;
    for (std::size_t database = 0; database < cluster::databases; ++database)
        count += servers.number(database, "select count(*) from chaos.ledger");
    return count;
}

/// In this order: who runs may enqueue others, so nobody is left only if, after all of them have been seen to be over,
/// there are no more of them than before.
std::string what_servers_have_left(cluster& servers, std::filesystem::path const& directory) {
    if (auto const jobs = servers.number(cluster::queue, unfinished); jobs > 0) return unfinished_jobs(jobs);
    auto const all = gather(servers, directory);
    if (auto const jobs =
            std::ranges::count_if(all.jobs, [](auto const& one) { return waits_or_runs(one.second.state); });
        jobs > 0)
        return unfinished_jobs(jobs);
    auto const missing = std::ranges::count_if(all.ledger, [&](auto const& one) {
        return !all.jobs.contains(one.job) && !all.processed.contains(one.operation) &&
               !all.rejected.contains(one.job) && !all.left_to.contains(one.job);
    });
    if (missing > 0) return std::to_string(missing) + " jobs have not arrived";
    auto const enqueued = count_enqueued(servers) - static_cast<long long>(all.ledger.size());
    return enqueued == 0 ? "" : std::to_string(enqueued) + " jobs were enqueued just now";
}

} // namespace

std::string what_is_left(cluster& servers, std::filesystem::path const& directory) {
    try {
        return what_servers_have_left(servers, directory);
    } catch (pqxx::failure const& failed) { return std::string{"a server does not answer: "} + failed.what(); }
}

void note_what_holds_up(cluster& servers, std::filesystem::path const& directory) {
    std::ofstream note{directory / "stuck.txt"};
    auto const ask = [&](std::size_t database, char const* question) {
        note << "-- " << cluster::name(database) << ": " << question << '\n';
        try {
            note << servers.ask(database, question)[0][0].c_str() << '\n';
        } catch (pqxx::failure const& failed) { note << failed.what() << '\n'; }
    };
    for (std::size_t database = 0; database < cluster::databases; ++database)
        for (auto const* question : {sessions, outbox_rows}) ask(database, question);
    ask(cluster::queue, positions);
    for (auto const* question : holding_up) ask(cluster::queue, question);
}

} // namespace txq::chaos
