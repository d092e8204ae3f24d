#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>

#include <txq/detail/session.hpp>
#include <txq/worker.hpp>

#include "hand.hpp"
#include "lease_guard.hpp"
#include "limit_gate.hpp"
#include "locker_numbers.hpp"

namespace txq {

/// Said again every minute, because only a person can help.
inline constexpr char const* lacks_privilege =
    "the role lacks a privilege that the worker needs (docs/operating.md, Roles), trying again until it is granted";

/// What the threads of a worker have in common.
struct shared_state {
    enum class phase {
        working,
        draining, ///< nothing is claimed, running handlers may end
        stopping, ///< handlers have been asked to stop
    };

    /// How often those who claim look whether the heart has got this worker registered.
    static constexpr auto until_registered = std::chrono::milliseconds{20};

    shared_state(registry known, worker_options how, connection_info database, std::string process_name)
        : handlers{std::move(known)},
          options{std::move(how)},
          where{std::move(database)},
          name{std::move(process_name)},
          lease_{options.lease} {}

    registry const handlers;
    worker_options const options;
    connection_info const where;
    /// host:pid
    std::string const name;

    hand attempts;
    limit_gate limits{attempts};
    /// Held in shared mode from the sending of a claim until its jobs are in the hand; alone, to see that none is lost.
    std::shared_timed_mutex claiming;
    std::atomic<phase> now{phase::working};
    /// Whether a job that was claimed when two workers died is in the hand, or about to be: one at a time, so that the
    /// one that kills its workers takes no others with it.
    std::atomic<bool> has_suspect{false};
    /// Of all groups.
    locker_numbers lockers;
    /// Whether a claim has failed, so that it may have got jobs of which nobody here knows.
    std::atomic<bool> claim_failed{false};

    /// Of all groups, each once.
    std::set<std::string> queues() const {
        std::set<std::string> names;
        for (auto const& group : options.groups) names.insert(group.queues.begin(), group.queues.end());
        return names;
    }

    bool working() const { return now == phase::working; }

    /// Under which id this process is registered; 0: it is not.
    std::int64_t id() const { return id_; }
    void set_id(std::int64_t id) { id_ = id; }

    void on_beat(lease_guard::clock::time_point sent) {
        std::lock_guard const lock{mutex_};
        lease_.on_beat(sent);
    }
    void on_lease_lost() {
        std::lock_guard const lock{mutex_};
        lease_.on_lost();
    }
    bool lease_holds() const {
        std::lock_guard const lock{mutex_};
        return lease_.holds(lease_guard::clock::now());
    }

    /// Whether this worker knows what it must know to claim.
    bool may_claim() const { return lease_holds() && limits.fresh(limit_gate::clock::now()); }

    session::options session_options(char const* purpose) const {
        return {.where = where,
                .name = std::string{"txq-worker "} + purpose,
                .statement_timeout = std::chrono::seconds{30},
                .synchronous_commit = true,
                .for_handlers = false,
                .pooled = options.pooled};
    }

  private:
    std::atomic<std::int64_t> id_{0};
    mutable std::mutex mutex_;
    lease_guard lease_;
};

} // namespace txq
