#include "attempt_runner.hpp"

#include <atomic>
#include <thread>

#include <txq/detail/backoff.hpp>
#include <txq/detail/planted.hpp>
#include <txq/log.hpp>
#include <txq/trace.hpp>

#include "statement_canceller.hpp"

namespace txq {

namespace {

class running_context : public context {
  public:
    running_context(attempt const& one, std::string const& name) : attempt_{one}, name_{name} {}

    std::stop_token stop() const override {
        listens_ = true;
        return attempt_.stop_token();
    }
    stop_reason why_stop() const override {
        listens_ = true;
        return attempt_.why_stop();
    }
    std::string const& worker_name() const override { return name_; }

    /// A handler that returns nothing may have left before it was done. Then this throws.
    outcome judge(outcome result) const {
        auto const asked = attempt_.why_stop() != stop_reason::none;
        if (result.what() == outcome::verb::returned && asked && listens_) throw stopped{};
        return result.what() == outcome::verb::returned ? outcome::complete() : result;
    }

  private:
    attempt const& attempt_;
    std::string const& name_;
    mutable std::atomic<bool> listens_{false};
};

std::string traceparent_of(raw_job const& job) {
    auto const found = job.headers.find("traceparent");
    return found == job.headers.end() ? "" : found->second;
}

void tell(attempt const& one, job_failure const& error, ending const& result) {
    log::event(result.level, result.refund ? "attempt given back" : "attempt failed",
               {{"job", one.job.id.str()},
                {"kind", one.job.kind},
                {"queue", one.job.queue},
                {"attempt", one.job.attempt},
                {"max_attempts", one.job.max_attempts},
                {"asked_to_stop", name(one.why_stop())},
                {"error_type", error.type},
                {"error", error.message},
                {"severity", name(error.severity)},
                {"source", error.source},
                {"now", name(result.state)},
                {"delay_ms", result.delay.count()}});
}

ending returned(attempt const& one, outcome const& what) {
    auto result = ending_of(one.job, what);
    if (result.failed && result.error) tell(one, *result.error, result);
    return result;
}

} // namespace

attempt_result attempt_runner::run(attempt& one) {
    if (one.processed) return ending::completed();
    // asked to stop before it began, or somebody else's by now: it was never tried
    if (one.why_stop() != stop_reason::none || one.worker != state_->id() || !state_->lease_holds())
        return ending::released();
    trace_scope const trace{traceparent_of(one.job)};
    attempt_result result;
    try {
        result = one.how.plain ? run_plain(one) : run_in_transaction(one);
    } catch (pqxx::broken_connection const&) {
        auto error = describe(std::current_exception());
        // or it was the handler's own connection to somewhere else
        if (database_ && !database_->connection().is_open())
            error.message = printable(database_->why_lost(error.message));
        result = failed(one, error);
    } catch (...) { result = failed(one, describe(std::current_exception())); }
    // a cancellation of this attempt's statement must not meet the next one's
    if (one.why_stop() != stop_reason::none || (database_ && !database_->connection().is_open())) database_.reset();
    return result;
}

attempt_result attempt_runner::run_plain(attempt& one) {
    running_context ctx{one, state_->name};
    return returned(one, ctx.judge(one.how.plain(one.job, ctx)));
}

attempt_result attempt_runner::run_in_transaction(attempt& one) {
    std::string txid;
    try {
        return try_in_transaction(one, txid);
    } catch (pqxx::in_doubt_error const& lost) {
        log::warning("lost the connection during COMMIT",
                     {{"job", one.job.id.str()}, {"error", printable(lost.what())}});
        return commit_in_doubt(one, txid);
    } catch (pqxx::failure const&) {
        auto const handler_began = !txid.empty();
        if (handler_began || one.why_stop() != stop_reason::none) throw;
        return not_begun(one, describe(std::current_exception()));
    }
}

/// `txid` is the transaction's from the moment on from which the handler runs.
attempt_result attempt_runner::try_in_transaction(attempt& one, std::string& txid) {
    auto const& job = one.job;
    auto& db = database();
    statement_canceller const canceller{database_, one.stop_token()};
    pqxx::work tx{db.connection()};
    db.begin(tx);
    auto const recorded =
        db.run(tx, sql::record_operation,
               pq::params{job.operation_id, job.id, job.queue, job.kind, job.attempt, traceparent_of(job)});
    if (recorded.empty()) return ending::completed(); // run before: the recorder takes the job away
    txid = recorded[0]["txid"].c_str();

    running_context ctx{one, state_->name};
    auto const result = ctx.judge(one.how.in_transaction(job, ctx, tx));
    if (result.what() != outcome::verb::complete) {
        tx.abort();
        return returned(one, result);
    }
    if (db.run(tx, sql::complete_job, pq::params{one.worker, job.id, job.fence}).empty()) {
        tx.abort();
        log::warning("not ours any more, its effects are rolled back", {{"job", job.id.str()}, {"kind", job.kind}});
        // said to the recorder all the same: whatever this session could not see, such as by a search_path with
        // operators of its own, the job must not stay this worker's for ever
        return failed(one, own_failure("not_recorded", "the transaction could not record the end of the job"));
    }
    tx.commit();
    return std::nullopt;
}

/// Asks on new connections until it is known whether the transaction has been committed. As long as that takes, the job
/// is neither run again nor given up, but for its lease.
attempt_result attempt_runner::commit_in_doubt(attempt const& one, std::string const& txid) {
    TXQ_IF_PLANTED("in-doubt-is-done", return ending::completed())
    database_.reset();
    for (backoff waits;; std::this_thread::sleep_for(waits.next())) {
        if (one.why_stop() == stop_reason::lease_lost || one.why_stop() == stop_reason::shutdown)
            return ending::released();
        try {
            auto const row =
                database().run(sql::commit_outcome, pq::params{txid, one.worker, one.job.id, one.job.fence})[0];
            if (!row["still_ours"].as<bool>()) return std::nullopt;
            auto const status = row["status"].is_null() ? std::string{"unknown"} : row["status"].as<std::string>();
            if (status == "in progress") continue;
            return failed(one, own_failure("connection_lost", "the connection was lost before COMMIT took effect"));
        } catch (pqxx::failure const& unanswered) {
            if (classify(unanswered) == fault::statement)
                return ending::released(); // an id that this server never gave
            database_.reset();
        }
    }
}

/// The handler had no chance, so it is nobody's attempt; and a while passes, so that this is no busy loop. The session
/// may have been lost while nobody used it, or be in a state in which another handler has left it: the next one is new.
attempt_result attempt_runner::not_begun(attempt const& one, job_failure const& why) {
    database_.reset();
    log::warning("no transaction to be had for a job", {{"job", one.job.id.str()}, {"error", why.message}});
    auto const delay = std::chrono::milliseconds{static_cast<int>(500 + 1000 * random())};
    return ending::postponed(delay);
}

attempt_result attempt_runner::failed(attempt const& one, job_failure const& why) {
    auto result = ending_of(one.job, why, one.why_stop(), one.how.options.retry, random());
    tell(one, result.error ? *result.error : why, result); // the error as it is kept, if it is
    return result;
}

session& attempt_runner::database() {
    if (!database_) {
        auto options = state_->session_options("handler");
        options.for_handlers = true;
        database_ = std::make_shared<session>(options);
    }
    return *database_;
}

} // namespace txq
