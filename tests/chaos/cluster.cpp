#include "cluster.hpp"

#include <txq/detail/planted.hpp>

namespace txq::chaos {

namespace {

constexpr char tables[] = R"(
create schema chaos;
create table chaos.ledger (job uuid not null, operation uuid not null, kind text not null, run_at timestamptz,
                           at timestamptz not null default clock_timestamp());
create table chaos.effects (job uuid not null, operation uuid not null, fence bigint not null, worker text not null,
                            at timestamptz not null default clock_timestamp());
)";

constexpr char queue_tables[] = R"(
create table chaos.changes (
  n bigint generated always as identity, job uuid not null, operation uuid not null, what "char" not null,
  old_state text, state text, old_fence bigint, fence bigint, old_worker bigint, worker bigint,
  attempt integer not null, crashes integer not null, run_at timestamptz not null, xid xid8 not null default pg_current_xact_id(),
  by text not null default current_setting('application_name'), at timestamptz not null default clock_timestamp());
create index on chaos.changes (job);
create function chaos.note() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'INSERT' then
    insert into chaos.changes (job, operation, what, state, fence, worker, attempt, crashes, run_at)
    values (new.id, new.operation_id, 'I', new.state, new.fence, new.worker, new.attempt, new.crashes, new.run_at);
  elsif tg_op = 'UPDATE' then
    insert into chaos.changes (job, operation, what, old_state, state, old_fence, fence, old_worker, worker, attempt, crashes, run_at)
    values (new.id, new.operation_id, 'U', old.state, new.state, old.fence, new.fence, old.worker, new.worker, new.attempt, new.crashes, new.run_at);
  else
    insert into chaos.changes (job, operation, what, old_state, old_fence, old_worker, attempt, crashes, run_at)
    values (old.id, old.operation_id, 'D', old.state, old.fence, old.worker, old.attempt, old.crashes, old.run_at);
  end if;
  return null;
end $$;
create trigger chaos after insert or update or delete on txq.jobs for each row execute function chaos.note();
alter table txq.jobs add constraint no_poison check (kind <> 'poison');
)";

constexpr char const* names[] = {"shop_a", "shop_b", "queue"};

std::unique_ptr<small_disk> disk_beside(test::server const& first) {
    // servers are numbered: the next one will be at home there
    auto const url = first.url();
    auto const home = url.substr(5, url.find(' ') - 5);
    return std::make_unique<small_disk>(home.substr(0, home.rfind('-') + 1) +
                                        std::to_string(std::stoi(home.substr(home.rfind('-') + 1)) + 1));
}

} // namespace

char const* cluster::name(std::size_t database) { return names[database]; }

std::string cluster::key_words(std::size_t database) { return std::string{" user=postgres dbname="} + names[database]; }

cluster::cluster(bool small) : disk_{small ? disk_beside(shops_) : nullptr} {
    jobs_.execute("alter system set max_wal_size = '128MB'"); // or it would fill a small disk by itself
    jobs_.execute("select pg_reload_conf()");
    // what nobody waits for stays in memory for long, so that a crash takes it
    shops_.execute("alter system set wal_writer_delay = '2s'");
    shops_.execute("select pg_reload_conf()");
    for (std::size_t i = 0; i < databases; ++i) {
        server_of(i).make_database(names[i]);
        ask(i, tables);
    }
    ask(queue, queue_tables);
    TXQ_IF_PLANTED("no-unique-index",
                   ask(queue, "alter table txq.processed_jobs drop constraint processed_jobs_operation_id_key"))
}

std::string cluster::directory_of(std::size_t database) const {
    auto const& server = database == queue ? jobs_ : shops_;
    auto const url = server.url("x"); // host=DIRECTORY user=...
    return url.substr(5, url.find(' ') - 5);
}

pqxx::result cluster::ask(std::size_t database, std::string const& sql) {
    pqxx::connection connection{server_of(database).url(names[database])};
    return pqxx::nontransaction{connection}.exec(sql);
}

long long cluster::number(std::size_t database, std::string const& sql) {
    return ask(database, sql)[0][0].as<long long>();
}

} // namespace txq::chaos
