#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include <txq/registry.hpp>
#include <txq/testing/clock.hpp>
#include <txq/testing/memory_outbox.hpp>

namespace txq::testing {

/// An attempt that is over.
struct attempt_end {
    raw_job job;
    /// completed, scheduled (it is tried again, or was snoozed), dead, held or discarded.
    std::string became;
    /// Of scheduled: how long it waits.
    std::chrono::milliseconds delay{0};
    /// Why it did not complete.
    std::optional<job_failure> error{};
    /// The operation had been run before, so that its handler was not called.
    bool duplicate = false;
};

/// Runs jobs on the test's own thread, one after the other, the most urgent first, those of an order in turn, with the
/// handlers, arguments and retry policies of a registry, and without chance: jitter neither adds nor takes away. Jobs
/// that handlers enqueue are run as well. Handlers are not asked to stop; timeouts do not count, because no time
/// passes. One thread.
class inline_worker {
  public:
    /// Runs what is enqueued into a memory outbox. Handlers that take a transaction cannot be run: running such a job
    /// throws std::logic_error.
    inline_worker(registry handlers, memory_outbox& from, clock& time);

    /// Runs what the transaction has enqueued in its database, by whatever path, and within it: handlers that take a
    /// transaction get this one, each attempt within a savepoint. Nothing is committed; the test is to roll it back.
    /// Needs both sides of the schema in the database. What handlers enqueue on connections of their own is not seen.
    /// libpqxx 6 ends a transaction in which a statement fails, savepoint or not: then the attempt throws
    /// std::runtime_error with what the statement said.
    inline_worker(registry handlers, pqxx::work& tx, clock& time);

    ~inline_worker();
    inline_worker(inline_worker const&) = delete;
    inline_worker& operator=(inline_worker const&) = delete;

    /// Runs all jobs that are due, and what these enqueue without a delay. Returns their attempts in order. A job whose
    /// kind is not registered stays where it is, as with any worker.
    std::vector<attempt_end> run_due();

    /// Runs what is due, moves the clock to the next job that waits, and so on until none does. Throws
    /// std::runtime_error when so many attempts were not enough.
    std::vector<attempt_end> run_all(int most = 1000);

    /// When the next job is due whose kind is registered; nothing: none waits.
    std::optional<clock::time_point> next_due();

    /// ready (also for one that waits for its time and is due, and for kinds that are not registered), waiting (for its
    /// turn in an order), scheduled, completed, dead, held, discarded; empty: no such job.
    std::string state_of(uuid const& id);

    struct implementation;

  private:
    std::unique_ptr<implementation> implementation_;
};

} // namespace txq::testing
