#include "job_states.hpp"

namespace txq::test {

namespace {

std::string quoted(std::string const& text) {
    std::string literal = "'";
    for (auto const c : text) literal.append(c == '\'' ? 2 : 1, c);
    return literal + "'";
}

void put_failed_attempt(database& db, std::string const& id) {
    db.query(
        "insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message) values ('" +
        id + "', 1, 1, 'host:1', now() - interval '1 minute', 'std::runtime_error', E'mail server\\nsays no')");
}

} // namespace

std::string put_job(database& db, std::string const& state, std::string const& queue, std::string const& kind) {
    if (state == "completed") {
        return db.value("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) "
                        "select id, id, " +
                        quoted(queue) + ", " + quoted(kind) +
                        ", 2 from (select txq.uuid_v7() as id) as new returning job_id");
    }
    auto const queued = state == "ready" || state == "running";
    auto const ended = state == "dead" || state == "held" || state == "discarded" || state == "cancelled";
    auto const has_failed = state == "running" || state == "dead" || state == "held";
    auto const id =
        db.value("insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, attempt, "
                 "max_attempts, fence, "
                 "crashes, worker, claimed_at, finished_at, enqueued_at, payload, headers) select id, id, " +
                 quoted(queue) + ", " + quoted(kind) + ", 2, " + quoted(state) + ", " +
                 (queued ? "nextval('txq.job_seq')" : "null") + ", now() + interval '" +
                 (state == "scheduled" ? "1 hour" : "-1 minute") + "', " + (has_failed ? "2, 2, 2, 1" : "0, 20, 0, 0") +
                 ", " + (state == "running" ? "1, now()" : "null, null") + ", " + (ended ? "now()" : "null") +
                 R"(, now() - interval '1 minute', '{"n": 12345678901234567890123}', '{"traceparent": "00-1"}')"
                 " from (select txq.uuid_v7() as id) as new returning id");
    if (has_failed) put_failed_attempt(db, id);
    return id;
}

void put_worker(database& db, std::string const& silent) {
    db.query("with worker as (insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', "
             "'{default}', '{test}') returning id) insert into txq.worker_beats select id, 1, now() - interval '" +
             silent + "' from worker");
}

std::string state_of(database& db, std::string const& id) {
    return db.value("select coalesce((select state::text from txq.jobs where id = '" + id +
                    "'), (select 'completed' from txq.processed_jobs where job_id = '" + id + "'), '')");
}

} // namespace txq::test
