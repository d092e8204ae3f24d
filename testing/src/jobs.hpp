#pragma once

#include <vector>

#include <txq/testing/inline_worker.hpp>

#include "ending.hpp"

namespace txq::testing {

/// A job that an inline worker has got to know.
struct known_job {
    raw_job job;
    clock::time_point due;
    bool order_holds = true; ///< of one with an order key: while it is dead or held, those behind it wait
};

/// Where an inline worker has its jobs from, and what an attempt runs in.
class job_source {
  public:
    struct run_end {
        ending end;
        bool duplicate = false;
    };

    virtual ~job_source() = default;
    /// Those that were enqueued since the last call, in order.
    virtual std::vector<known_job> fetch() = 0;
    virtual run_end run(raw_job const& job, registration const& how) = 0;
};

std::unique_ptr<job_source> jobs_in_memory(memory_outbox& from);
std::unique_ptr<job_source> jobs_in_database(pqxx::work& tx, clock const& time);

} // namespace txq::testing
