#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <txq/failure_hook.hpp>
#include <txq/registry.hpp>

namespace txq {

/// When the lease of a job is written.
enum class lease_mode {
    /// When its handler takes a transaction, or takes longer than about 30 ms. Until then the job is held by the lock
    /// of an open transaction, in which its completion is recorded: several times as fast for quick handlers. What that
    /// gives up: if the worker dies within them, that is not counted as a crash of its jobs, the first time.
    lasting,
    /// Before its handler begins.
    always
};

/// Threads that work on some queues together.
struct worker_group {
    /// Earlier ones first: a queue is looked at only when those before it have nothing that this group could run.
    std::vector<std::string> queues = {"default"};

    /// How many jobs run at the same time: one per thread. 1 to 4096.
    int threads = 4;

    /// Jobs claimed beyond those that run, so that a thread need not wait for the next one. They are given back at
    /// shutdown, and wait for a dead process's lease with the rest. Negative: as many as the threads get through in
    /// about 50 ms, up to 1000; so many for quick handlers, none for slow ones. 10,000 at most.
    int prefetch = -1;

    /// Which jobs get leases.
    lease_mode leases = lease_mode::lasting;

    /// How often to look for jobs without having been told of any. Also bounds how late a delayed job may be promoted.
    /// At least a millisecond.
    std::chrono::milliseconds poll_interval = std::chrono::milliseconds{500};
};

struct worker_options {
    /// A libpq URI or key words; empty: $TXQ_DATABASE_URL, or the PG* variables. The queue's database, which is also
    /// the one that handlers get transactions in.
    std::string database;

    std::vector<worker_group> groups = {worker_group{}};

    /// A worker that others have seen no sign of for this long is dead to them, and its jobs are run elsewhere. A sign
    /// is given every fifth of it. A worker that has not reached the database for three fifths of it stops its
    /// handlers. At least a second.
    std::chrono::milliseconds lease = std::chrono::seconds{4};

    /// How long stop() waits for running handlers before it asks them to stop. Zero: it asks them at once.
    std::chrono::milliseconds grace = std::chrono::seconds{25};

    /// A job that was running when its worker died for this many times is dead. At least 1.
    int crash_limit = 3;

    /// How long the record of a processed job is kept: for as long a second enqueue of the same operation is harmless.
    /// Records go a day at a time. Longer than any backup that may be restored, and than any producer tries again.
    /// Discarded and cancelled jobs, and the errors of attempts of completed ones, are kept as long. At least an hour.
    /// Every worker takes care of it for all of them, so the shortest retention among the workers is the one that
    /// holds.
    std::chrono::milliseconds retention = std::chrono::hours{24 * 7};

    /// How long dead jobs are kept, with their errors; at least an hour. Zero: until an operator redrives, discards or
    /// purges them.
    std::chrono::milliseconds dead_retention{0};

    /// Connections are those of a PgBouncer that pools transactions: nothing is kept in a session. Workers then look
    /// every poll interval for jobs, because nobody can tell them, and write a lease for each.
    bool pooled = false;

    /// Told of every attempt that has failed; not set: nobody is.
    failure_hook on_failure{};

    /// How long the worker goes on without an answer from the database before on_give_up is called. No shorter than the
    /// lease, so that handlers have been asked to stop long before. Zero: for ever.
    std::chrono::milliseconds give_up_after{0};

    /// Meant to end the process, with a status that makes a supervisor start it again: what hangs can hang for ever.
    /// Called on a thread of its own, once in each such time; if it returns, the worker goes on trying. Not set: the
    /// log says so.
    std::function<void()> on_give_up{};
};

/// Claims jobs and runs their handlers until told to stop. Survives every loss of its database connections.
class worker {
  public:
    /// Checks the options and the registry; connects in run(). The registry is copied.
    /// Throws error (bad_configuration, no_database).
    worker(registry handlers, worker_options options);
    ~worker();
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;

    /// Works until stop() and returns when the last handler has ended and everything is recorded or given back.
    /// Throws error (schema_missing, schema_too_old, schema_too_new) before the first claim; waits for a database that
    /// cannot be reached yet. If a migration leaves this release behind meanwhile, it stops as by stop(), and then
    /// throws error (schema_too_new) unless abandoned_handlers(). Once per object.
    void run();

    /// Nothing more is claimed; running handlers have the grace period to end, are then asked to stop, and what was not
    /// finished is given back with its attempt not counted. Any thread; returns at once; twice is as once.
    void stop();

    /// Gives up the grace period: handlers are asked to stop now. Any thread.
    void stop_now();

    /// Whether a shutdown had to leave handlers running behind, which run() then does not wait for: the process must
    /// exit. Their jobs run elsewhere when the lease is over.
    bool abandoned_handlers() const noexcept;

  private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace txq
