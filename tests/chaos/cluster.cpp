#include "cluster.hpp"

#include <txq/detail/deadline.hpp>
#include <txq/detail/planted.hpp>

#include "kinds.hpp"
#include "session.hpp"

namespace txq::chaos {

namespace {

constexpr char tables[] = R"(
create schema chaos;
create table chaos.ledger (job uuid not null, operation uuid not null, kind text not null, run_at timestamptz,
                           order_key text, place integer,
                           at timestamptz not null default clock_timestamp());
create table chaos.effects (n bigint generated always as identity, job uuid not null, operation uuid not null, fence bigint not null, worker text not null,
                            at timestamptz not null default clock_timestamp());
create table chaos.held (n integer);
)";

constexpr char queue_tables[] = R"(
create table chaos.changes (
  n bigint generated always as identity, job uuid not null, operation uuid not null, what "char" not null,
  old_state text, state text, old_fence bigint, fence bigint, old_worker bigint, worker bigint,
  attempt integer not null, crashes integer not null, run_at timestamptz not null, xid xid8 not null default pg_current_xact_id(),
  unique_key text, by text not null default current_setting('application_name'), at timestamptz not null default clock_timestamp());
create index on chaos.changes (job);
create function chaos.note() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
  job txq.jobs := coalesce(new, old);
  key text := case when job.kind = 'single' then job.payload->>'key' end;
begin
  if tg_op = 'INSERT' then
    insert into chaos.changes (job, operation, what, state, fence, worker, attempt, crashes, run_at, unique_key)
    values (new.id, new.operation_id, 'I', new.state, new.fence, new.worker, new.attempt, new.crashes, new.run_at, key);
  elsif tg_op = 'UPDATE' then
    insert into chaos.changes (job, operation, what, old_state, state, old_fence, fence, old_worker, worker, attempt, crashes, run_at, unique_key)
    values (new.id, new.operation_id, 'U', old.state, new.state, old.fence, new.fence, old.worker, new.worker, new.attempt, new.crashes, new.run_at, key);
  else
    insert into chaos.changes (job, operation, what, old_state, old_fence, old_worker, attempt, crashes, run_at, unique_key)
    values (old.id, old.operation_id, 'D', old.state, old.fence, old.worker, old.attempt, old.crashes, old.run_at, key);
  end if;
  return null;
end $$;
create trigger chaos after insert or update or delete on txq.jobs for each row execute function chaos.note();
alter table txq.jobs add constraint no_poison check (kind <> 'poison');
)";

constexpr char ledger[] = "select job from chaos.ledger";
constexpr char ledger_and_ticks[] = "select job from chaos.ledger union all select job_id from txq.schedule_runs";

constexpr char const* names[] = {"shop_a", "shop_b", "shop_c", "queue"};

} // namespace

char const* cluster::name(std::size_t database) { return names[database]; }

std::string cluster::key_words(std::size_t database) { return std::string{" user=postgres dbname="} + names[database]; }

// What nobody waits for stays in memory for long, so that a crash takes it; and logs would fill a small disk by
// themselves.
cluster::cluster(needs what)
    : shops_{{.standby = what.standbys, .steered_clock = what.clocks, .settings = {"wal_writer_delay = '2s'"}}},
      jobs_{{.small_disk = what.small_disk,
             .standby = what.standbys,
             .steered_clock = what.clocks,
             .settings = {"max_wal_size = '128MB'"}}} {
    for (std::size_t i = 0; i < databases; ++i) {
        server_of(i).make_database(names[i]);
        ask(i, tables);
    }
    ask(queue, queue_tables);
    for (auto const& one : caps)
        ask(queue, "select txq.set_limit('" + std::string{one.scope} + "', '" + std::string{one.name} + "', " +
                       std::to_string(one.max_running) + ", each => '" + std::string{one.each} + "')");
    ask(queue, "select txq.set_limit('kind', '" + std::string{metered.kind} + "', starts => " +
                   std::to_string(metered.starts_per_second) + ", period => '1 second', burst => " +
                   std::to_string(metered.burst) + ")");
    ask(queue, std::string{"select txq.add_schedule('"} + tick + "', 'every second', '" + tick +
                   "', '{}', missed => 'all', missed_limit => 1000, max_attempts => " + std::to_string(many_attempts) +
                   ")");
#ifdef TXQ_PLANTED_BUGS
    for (auto const& change : planted::schema_changes()) ask(queue, change);
#endif
}

void cluster::tend() {
    shops_.tend();
    jobs_.tend();
}

void cluster::do_without_standbys() {
    shops_.do_without_standby();
    jobs_.do_without_standby();
}

std::vector<std::string> const& cluster::jobs_of_the_past(std::size_t database) {
    if (auto const known = past_.find(database); known != past_.end()) return known->second;
    auto& jobs = past_[database];
    for (auto* server : site_of(database).past()) {
        server->start();
        auto const connection = connect(server->url(names[database]));
        for (auto const& row : pqxx::nontransaction{*connection}.exec(database == queue ? ledger_and_ticks : ledger))
            jobs.emplace_back(row[0].c_str());
    }
    return jobs;
}

void cluster::keep_logs(std::filesystem::path const& directory) const {
    shops_.keep_logs(directory, "shops");
    jobs_.keep_logs(directory, "jobs");
}

pqxx::result cluster::ask(std::size_t database, std::string const& sql) {
    auto const connection = connect(server_of(database).url(names[database]));
    deadline limit{connection->sock(), "txq-chaos's own", std::chrono::minutes{1}};
    deadline::scope const due{limit};
    try {
        return pqxx::nontransaction{*connection}.exec(sql);
    } catch (pqxx::broken_connection const& lost) {
        throw pqxx::broken_connection{std::string{names[database]} + ": " + lost.what() + " It was asked: " + sql};
    }
}

bool cluster::reads_an_outbox_anew() {
    constexpr char question[] = "select count(*) from (select distinct on (source, database) again "
                                "from txq.relay_batches order by source, database, batch desc) as last where again";
    try {
        return number(queue, question) > 0;
    } catch (pqxx::failure const&) { return false; }
}

long long cluster::number(std::size_t database, std::string const& sql) {
    return ask(database, sql)[0][0].as<long long>();
}

} // namespace txq::chaos
