#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <txq/uuid.hpp>

#include "attempt.hpp"
#include "ending.hpp"

namespace txq {

/// Attempts whose jobs are held by the locks of one open transaction, which waits for them a little and then records
/// those that have completed. The others go on under leases, unless their jobs have become somebody else's. No I/O.
class locked_batch {
  public:
    using pointer = std::shared_ptr<attempt>;

    explicit locked_batch(std::vector<pointer> const& attempts);

    /// An attempt is over. False if it is not this batch's affair any more: it holds a lease, or nobody waits for it.
    /// Any thread; once per attempt.
    bool on_end(attempt const& which, ending how);

    /// Returns when all are over, or at the deadline.
    void wait(attempt::clock::time_point deadline);

    struct parts {
        std::vector<pointer> completed;
        std::vector<pointer> others; ///< which still run, have not succeeded, or had been done before
    };
    /// As it is now. Once.
    parts close();

    struct settlement {
        std::vector<std::pair<pointer, ending>> to_record; ///< over, and under a lease
        std::vector<pointer> lost;                         ///< still running, for nobody
        std::vector<pointer> gone;                         ///< over, and nothing is left to do
    };
    /// The transaction has ended. `completed_recorded`: whether it took effect for those that close() called completed.
    /// `leased`: the ids of those that hold leases now. Once.
    settlement settle(bool completed_recorded, std::set<uuid> const& leased);

  private:
    struct member {
        pointer which;
        std::optional<ending> end;
        bool completed = false; // when it was closed
    };

    mutable std::mutex mutex_;
    std::condition_variable all_over_;
    std::vector<member> members_; // in the order of the attempts
    std::size_t running_;
    bool settled_ = false;
};

} // namespace txq
