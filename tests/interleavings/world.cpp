#include "world.hpp"

#include <algorithm>
#include <thread>

#include <txq/detail/embedded.hpp>
#include <txq/detail/planted.hpp>
#include <txq/detail/pq.hpp>

namespace txq::interleavings {

namespace {

constexpr int no_crash_kills = 10;
/// Who does what is left when a story is over, one job after the other.
constexpr int healthy = -1;

/// How often each job has been added.
constexpr char moves[] = R"(
create table effects (operation uuid not null);
create table moves (job uuid not null);
create function note_move() returns trigger language plpgsql as $$ begin insert into public.moves values (new.id); return null; end $$;
create trigger note_move after insert on txq.jobs for each row execute function note_move();
set synchronous_commit = off;
)";

} // namespace

std::string id_of(int number) { return "00000000-0000-7000-8000-" + std::string(11, '0') + std::to_string(number); }

std::string array_of(std::vector<std::string> const& values) {
    std::string text;
    for (auto const& one : values) text += (text.empty() ? "" : ",") + one;
    return '{' + text + '}';
}

world::world() : session_{{.where = connection_info::parse(db_.url())}}, sessions_{db_.url()} {
    db_.query(moves);
#ifdef TXQ_PLANTED_BUGS
    for (auto const& change : planted::schema_changes()) db_.query(change);
#endif
}

void world::empty() {
    db_.query("delete from txq.jobs; delete from txq.processed_jobs; delete from txq.workers; delete from "
              "txq.worker_beats; delete from txq.failed_attempts; delete from effects; delete from moves");
    if (limit_)
        db_.query("delete from txq.limits; delete from txq.limit_keys; delete from txq.limit_holds; "
                  "delete from txq.parked_jobs");
    has_outbox_ = false;
    jobs_ = 0;
    limit_ = 0;
    operations_.clear();
    workers_.clear();
    found_dead_.clear();
    dead_.clear();
    running_.clear();
    fences_.clear();
    violations_.clear();
}

void world::put_job(int number, int operation) {
    ++jobs_;
    operations_.insert(operation);
    db_.query("insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, max_attempts, "
              "enqueued_at, payload) values ('" +
              id_of(number) + "', '" + id_of(operation) + "', 'default', 'test', 2, 'ready', " +
              std::to_string(number) + ", now(), 5, now(), '{}')");
}

void world::use_outbox() {
    db_.query("delete from txq.outbox; delete from txq.relay_batches; delete from txq.unique_keys; delete from "
              "txq.unique_outcomes");
    has_outbox_ = true;
}

void world::begin_ring() { db_.query("truncate txq.outbox; select setval('txq.outbox_turn', 0)"); }

outbox_of_world world::outbox() {
    relay::source from{connection_info::parse(db_.url())};
    return {.source = from.identify().id, .database = from.is().database, .timeline = from.is().timeline};
}

std::string enqueue_text(int number) {
    return "select txq.enqueue('test', '{}', operation_id => '" + id_of(number) + "')";
}

std::string enqueue_unique_text(int number) {
    return "select txq.enqueue('test', '{\"key\": 1}', operation_id => '" + id_of(number) +
           "', unique_by => '{\"key\": \"1\", \"states\": [\"waiting\", \"running\"]}')";
}

void world::enqueue_now(int number) {
    db_.query(enqueue_text(number));
    was_committed(number);
}

void world::enqueue_unique_now(int number) {
    db_.query(enqueue_unique_text(number));
    was_committed(number);
}

void world::was_committed(int number) {
    ++jobs_;
    operations_.insert(number);
}

/// On new connections: the server ends a relay's when nothing is asked of them for a minute, as in stories without one.
void world::relay_all() {
    relay::source from{connection_info::parse(db_.url())};
    relay::destination to{connection_info::parse(db_.url()), "test:1"};
    relay::mover healthy{from, to, {}};
    healthy.begin();
    while (healthy.move().more) {}
}

void world::forget_position() { db_.query("update txq.relay_batches set position_txid = '9000000000000'"); }

long world::register_worker() {
    auto const id =
        session_.run(sql::register_worker, pq::params{"test:1", 1000, "{default}", "{test}"})[0]["id"].as<long>();
    workers_.insert(id);
    return id;
}

void world::limit_to(int most) {
    limit_ = most;
    db_.query("select txq.set_limit('kind', 'test', " + std::to_string(most) + ", each => 'payload.host')");
}

void world::begins(int who, long worker, attempt const& one) {
    auto& fence = fences_[one.job];
    if (std::stoll(one.fence) <= fence) violated("job " + one.job + " was claimed twice under the fence " + one.fence);
    fence = std::max(fence, std::stoll(one.fence));
    auto& others = running_[one.job];
    for (auto const& other : others)
        if (!is_over(other))
            violated("job " + one.job + " is run by " + std::to_string(other.who) + " and " + std::to_string(who));
    others.push_back({who, worker, one.fence});
    if (limit_ && who != healthy) count_running();
}

void world::count_running() {
    std::ptrdiff_t count = 0;
    for (auto const& [job, attempts] : running_)
        count += std::ranges::count_if(attempts, [this](auto const& one) { return !is_over(one); });
    if (count > limit_) violated(std::to_string(count) + " jobs run at once, of a limit of " + std::to_string(limit_));
}

void world::ends(int who, std::string const& job) {
    std::erase_if(running_[job], [who](running const& one) { return one.who == who; });
}

void world::accepted(int who, attempt const& one) {
    ends(who, one.job);
    if (auto const latest = fences_[one.job]; latest > std::stoll(one.fence))
        violated("job " + one.job + " was ended by " + std::to_string(who) + " under the fence " + one.fence +
                 ", after it had been given under " + std::to_string(latest));
}

void world::refused(int who, long worker, std::string const& job) {
    ends(who, job);
    if (!found_dead_.contains(worker))
        violated("job " + job + " was not the one of " + std::to_string(who) + " any more, whom nobody had found dead");
}

void world::left_batch(int who, long worker) {
    if (db_.number("select count(*) from txq.limit_batches where worker = " + std::to_string(worker)) != 0)
        violated("a batch of " + std::to_string(who) + " has ended and still counts");
}

void world::look_for_the_dead() {
    std::set<long> registered;
    for (auto const& row : db_.query("select id from txq.workers")) registered.insert(row[0].as<long>());
    for (auto const one : workers_)
        if (!registered.contains(one)) found_dead_.insert(one);
}

void world::dies(int who) { dead_.insert(who); }

void world::rescue(long worker) {
    pqxx::work tx{session_.connection()};
    session_.run(tx, sql::lock_worker, pq::params{worker});
    std::optional<std::string> const beat =
        tx.exec("select coalesce(max(beat)::text, '') from txq.worker_beats where worker = " +
                std::to_string(worker))[0][0]
            .c_str();
    session_.run(tx, sql::rescue_jobs, pq::params{worker, *beat, no_crash_kills});
    tx.commit();
}

void world::settle() {
    if (has_outbox_) relay_all();
    look_at_keys();
    for (auto const one : workers_) rescue(one);
    session_.run(sql::rescue_orphans);
    look_for_the_dead();
    finish_jobs();
}

void world::look_at_keys() {
    if (auto const jobs = db_.number("select count(*) from txq.jobs where payload = '{\"key\": 1}'"); jobs > 1)
        violated(std::to_string(jobs) + " jobs have the same unique key");
}

void world::finish_jobs() {
    auto const worker = register_worker();
    for (int round = 0; round < 2 * (jobs_ + 1); ++round) {
        if (limit_) let_parked_jobs_run();
        auto const suspects = round % 2 == 1; // whose workers have died more than once
        claim_and_complete(worker, suspects);
    }
}

void world::let_parked_jobs_run() { session_.run(sql::sweep_parked, pq::params{0, "", 100}); }

void world::run_one() { claim_and_complete(register_worker(), false); }

void world::claim_and_complete(long worker, bool suspects) {
    auto const now = session_.run(sql::next_transaction)[0]["xid"].as<std::string>();
    auto const jobs =
        session_.run(sql::claim_jobs, pq::params{worker, "default", "{test}", 1, suspects, "{0,0,0,0}", now});
    for (auto const& job : jobs) {
        std::string const id = job["id"].c_str();
        std::string const operation = job["operation_id"].is_null() ? id : job["operation_id"].c_str();
        begins(healthy, worker, {id, operation, job["fence"].c_str()});
        if (job["processed_as"].is_null()) db_.query("insert into effects values ('" + operation + "')");
        session_.run(sql::complete_jobs,
                     pq::params{worker, "{" + id + "}", "{" + std::string{job["fence"].c_str()} + "}"});
    }
}

std::vector<std::string> const& world::check() {
    if (auto const left = db_.number("select count(*) from txq.jobs"); left != 0)
        violated(std::to_string(left) +
                 " jobs are left: " + db_.value("select string_agg(state || ' fence ' || fence, ', ') from txq.jobs"));
    if (auto const twice =
            db_.number("select count(*) from (select from moves group by job having count(*) > 1) as many");
        twice != 0)
        violated(std::to_string(twice) + " jobs were moved more than once");
    if (auto const done = db_.number("select count(*) from txq.processed_jobs");
        done > static_cast<long long>(operations_.size()))
        violated(std::to_string(done) + " operations are recorded, which are more than there are");
    for (auto const one : operations_) {
        auto const where = " where operation_id = '" + id_of(one) + "'";
        auto const done = db_.number("select count(*) from txq.processed_jobs" + where);
        auto const left =
            db_.number("select count(*) from txq.unique_outcomes join txq.outbox as job using (id)" + where);
        if (done + left != 1)
            violated("operation " + std::to_string(one) + " is not recorded once, or left to another");
        if (auto const effects = db_.number("select count(*) from effects where operation = '" + id_of(one) + "'");
            effects > 1)
            violated("operation " + std::to_string(one) + " has " + std::to_string(effects) + " effects");
    }
    return violations_;
}

bool world::waits(int process) {
    return db_.number("select count(*) from pg_locks where not granted and pid = " + std::to_string(process)) > 0;
}

void world::end(int process) {
    auto const who = std::to_string(process);
    db_.query("select pg_terminate_backend(" + who + ")");
    db_.wait_until("select count(*) from pg_stat_activity where pid = " + who, "0");
}

} // namespace txq::interleavings
