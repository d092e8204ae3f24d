#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attempt.hpp"
#include "claim_loop.hpp"
#include "lookout.hpp"

namespace txq {

/// How far the jobs of a fair queue and priority have been claimed.
struct queue_progress {
    std::string queue;
    int priority = 0;
    std::int64_t seq = 0;
    std::int64_t before = 0; ///< what that was the time before
};

/// Where the threads of a group that claim agree on who claims what: one claims by leases, the others by locks. Any
/// thread.
class claim_desk {
  public:
    using clock = attempt::clock;
    using attempts = std::vector<std::shared_ptr<attempt>>;

    /// How long after something has happened to look at everything, however long the poll interval is: a job may have
    /// appeared below a floor because its transaction was slow to commit.
    static constexpr auto aftermath = std::chrono::milliseconds{500};

    /// `wake` wakes the thread that claims by leases.
    claim_desk(claim_loop::limits limits, std::vector<std::string> queues, std::function<void()> wake);

    /// There may be jobs.
    void on_maybe_more();
    /// There may be jobs at old places too.
    void look_everywhere();
    /// When that is to be done because something has happened; never: clock::time_point::max().
    clock::time_point look_at() const;
    /// When to begin leasing because a sweep is due, or goes on, whether or not anything new is known of; never: the
    /// same.
    clock::time_point sweep_at() const;

    /// Claims by leases: 0 jobs if there is nothing to be done so.
    claim_loop::claim begin_leasing(clock::time_point now);
    /// Claims by locks: waits until there is something to be done so. 0 jobs: not until then. Nothing: close() was
    /// called.
    std::optional<claim_loop::claim> wait_to_lock(clock::time_point until = clock::time_point::max());
    void close();
    /// For those who wait_to_lock. False: close() was called.
    bool pause(std::chrono::milliseconds how_long);
    /// Also of a claim that has failed.
    void end(claim_loop::claim const& which, claim_loop::claimed const& got);

    /// Of a queue, or of some of its kinds: whatever is claimed together, by name.
    lookout::look begin(std::string const& lane, clock::time_point now, bool may_sweep);
    /// What a claim of so many jobs is to begin with, for priority_turns::jobs_of() of them; nothing: it is no
    /// priority's turn.
    std::optional<lookout::look> begin_turn(std::string const& lane, clock::time_point now, int wanted, bool may_sweep);
    /// `all`: there was no more to be claimed; `parked`: so many of those found may not begin.
    void end(std::string const& lane, lookout::look look, attempts const& found, bool all, int parked = 0);
    /// How far the jobs of fair queues have been claimed since the last call.
    std::vector<queue_progress> take_progress();
    /// Whatever was known about the database; it may be another one.
    void forget_floors();

    /// A handler has run.
    void on_ran(std::chrono::nanoseconds took);
    /// Attempts have left the hand.
    void on_left(int jobs);
    void on_waited_too_long();
    /// Limits have kept a claim from what may be there: worth another look when attempts have left the hand.
    void on_limited() { limited_ = true; }
    /// How many attempts to have waiting behind so many handlers.
    int wanted_ahead_of(int handlers) const;
    /// Whether attempts have left the hand since the last call.
    bool have_left() { return have_left_.exchange(false); }
    /// Wakes those who lock if there is something for them.
    void distribute();

  private:
    void take_account();
    void wake_lockers();
    clock::time_point next_sweep() const;
    void on_due(clock::time_point now);

    std::vector<std::string> const queues_;
    std::function<void()> const wake_;

    std::atomic<int> left_{0};          // attempts that have left the hand since the last account
    std::atomic<std::int64_t> took_{0}; // nanoseconds that handlers took since then
    std::atomic<int> ran_{0};           // and how many they were
    std::atomic<bool> have_left_{false};
    std::atomic<bool> limited_{false};

    mutable std::mutex mutex_;
    std::condition_variable to_lock_;
    claim_loop loop_;
    std::map<std::string, lookout> floors_; // by lane
    unsigned epoch_ = 0;                    // how often they have been forgotten
    clock::time_point look_at_ = clock::time_point::max();
    bool closed_ = false;
};

/// A claim that has begun at the desk, and ends there with what it has got, however it is left. One thread.
class claim_under_way {
  public:
    claim_under_way(claim_desk& desk, claim_loop::claim const& which) : desk_{desk}, which_{which} {}
    ~claim_under_way() { end(); }
    claim_under_way(claim_under_way const&) = delete;
    claim_under_way& operator=(claim_under_way const&) = delete;

    int wanted() const { return which_.jobs - got.jobs; }
    /// Before it is left; once.
    void end() {
        if (!std::exchange(ended_, true)) desk_.end(which_, got);
    }

    claim_loop::claimed got;

  private:
    claim_desk& desk_;
    claim_loop::claim const which_;
    bool ended_ = false;
};

} // namespace txq
