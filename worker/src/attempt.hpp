#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <txq/context.hpp>
#include <txq/registry.hpp>

namespace txq {

class locked_batch;

/// What jobs hold of a key's limit.
struct limit_places {
    std::int64_t limit = 0;
    std::string key;
    std::int64_t places = 1;
};

/// A claimed job on its way through this process. Shared by the thread that runs it and those that may stop it.
class attempt {
  public:
    using clock = std::chrono::steady_clock;

    attempt(raw_job what, registration const& known, std::int64_t claimer, bool done, std::int64_t place = 0)
        : job{std::move(what)},
          how{known},
          worker{claimer},
          processed{done},
          seq{place} {}

    raw_job const job;
    registration const& how;
    /// The registration under which it was claimed.
    std::int64_t const worker;
    /// The operation has been run already: nothing is to be run, only recorded.
    bool const processed;
    /// Its place within its queue and priority.
    std::int64_t const seq;
    clock::time_point const claimed = clock::now();

    /// What makes the job this worker's.
    enum class held_by {
        lock, ///< of the transaction of `batch`: in the database it is a ready job
        lease,
        nobody ///< it is not, any more
    };
    std::atomic<held_by> held{held_by::lease};

    /// Where the job's row is; this and the next two only where it was claimed by locks, and set before it is run.
    std::string row;
    std::shared_ptr<locked_batch> batch;
    std::size_t nth = 0; // of the batch

    enum class stage_of { waiting, running, over };
    /// Of its handler.
    std::atomic<stage_of> stage{stage_of::waiting};
    /// Limits that it counts for while its handler runs; limit_gate's, under its mutex.
    std::vector<std::int64_t> counts;

    /// Whether the database says when it may begin (see admission.hpp): by what it is told, or by the job's payload.
    enum class counting { none, by_names, by_payload };
    counting counted = counting::none;
    /// Whether it has to be asked about this job alone. Set, as the one above, before it is run.
    bool counted_alone = false;
    /// Which limits' keys it holds places of. Set before its end is recorded.
    std::vector<limit_places> places;

    /// Its handler has a transaction of its own, which would wait for the lock of the one that has claimed it; or its
    /// end has to be recorded by the recorder, which lets others run then; or others have to see that it runs.
    bool needs_lease() const { return !how.plain || !job.order_key.empty() || counted_alone; }

    /// One of those that are claimed one at a time: see claim_jobs.
    bool is_suspect() const { return job.crashes > 1; }

    void on_started() { started_ = clock::now().time_since_epoch().count(); }
    /// Nothing: not started yet.
    clock::time_point started() const { return clock::time_point{clock::duration{started_.load()}}; }
    bool is_started() const { return started_.load() != 0; }

    /// Asks the handler to stop; the first reason stays.
    void stop(stop_reason reason) {
        auto none = stop_reason::none;
        if (why_.compare_exchange_strong(none, reason)) stop_.request_stop();
    }
    stop_reason why_stop() const { return why_; }
    std::stop_token stop_token() const { return stop_.get_token(); }

  private:
    std::atomic<clock::rep> started_{0};
    std::atomic<stop_reason> why_{stop_reason::none};
    std::stop_source stop_;
};

} // namespace txq
