#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <txq/limits.hpp>

#include "attempt.hpp"
#include "hand.hpp"
#include "start_stock.hpp"

namespace txq {

/// The queue or the kind that a limit is for.
struct limited {
    limit_scope scope = limit_scope::queue;
    std::string name;

    bool covers(raw_job const& job) const { return (scope == limit_scope::queue ? job.queue : job.kind) == name; }
};

/// A limit of how many jobs run at the same time, or begin per second, in all processes together.
struct running_limit {
    static constexpr int any_number = std::numeric_limits<int>::max();

    std::int64_t id = 0;
    limited of;
    int max_running = any_number; ///< at the same time
    double rate = 0;              ///< beginnings per second; 0: any number
};

/// What keeps this process within its slots of limits: lets a handler begin only when there is a slot for it, and says
/// how much may be claimed so that little waits here. Without limits it costs a look at a flag. Any thread.
class limit_gate {
  public:
    using clock = std::chrono::steady_clock;

    /// Limits that have not been read for this long may be others by now: nothing is claimed.
    static constexpr auto known_for = std::chrono::seconds{2};

    explicit limit_gate(hand const& attempts) : attempts_{attempts} {}

    // For those who run handlers.

    /// True: the handler may begin now; on_over() has to follow. Else on_room is called when it may be tried again.
    bool try_begin(attempt& one);
    /// Whether it could begin now.
    bool has_room(attempt const& one) const;
    void on_over(attempt& one);

    // For those who claim.

    bool any() const { return any_; }
    /// Whether the database is to be asked before it begins.
    attempt::counting counting_of(raw_job const& job) const;
    bool fresh(clock::time_point now) const { return now < learned_at_.load() + known_for; }

    /// A batch could not begin at once because a key is near its limit: for a while each job is asked for alone.
    static constexpr auto tight_for = std::chrono::seconds{1};
    void on_tight(clock::time_point now) { tight_until_ = now + tight_for; }
    bool is_tight(clock::time_point now) const { return now < tight_until_.load(); }

    /// What to claim.
    struct ask {
        int jobs = 0;
        std::vector<std::string> without; ///< these kinds
        std::vector<std::int64_t> bound;  ///< limits because of which it is not more
    };
    /// How many of `wanted` jobs of a queue may be claimed. `ahead` says how many to claim ahead of a number of
    /// handlers. `whole`: rather without a kind than fewer. Nothing: none now.
    std::optional<ask> begin_claim(std::string const& queue, std::vector<std::string> const& kinds, int wanted,
                                   std::function<int(int)> const& ahead, bool whole);
    /// It got all that it asked for: there may be more that the limits did not let it have.
    void on_all_got(ask const& what);

    // For the limiter.

    /// What limits are for that the database counts job by job (see admission.hpp), not the gate; to be told before
    /// those that it does.
    struct counted_limit {
        limited of;
        bool by_payload = false; ///< whether its keys or costs are there
    };
    void know_counted(std::vector<counted_limit> those);
    /// The limits that concern this worker, asked for at `sent`; `worker` is its registration now.
    void learn(std::int64_t worker, std::vector<running_limit> const& limits, clock::time_point sent);

    struct usage {
        int slots = 0;
        int in_use = 0;
        int peak = 0;          ///< since the last call
        int starts = 0;        ///< that are left
        int spent = 0;         ///< since the last call
        bool short_of = false; ///< of slots or starts since then: jobs waited
        bool tempted = false;  ///< since there was one: nobody knows whether there are jobs
    };
    usage take_usage(std::int64_t limit);

    /// From now on no handler begins beyond `target`, and of the slots those are given up that are neither within it
    /// nor in use. Returns what cannot be given back now.
    int aim(std::int64_t limit, int target);
    /// So many have been granted to this worker.
    void on_granted(std::int64_t worker, std::int64_t limit, int slots);
    /// So many beginnings were taken, at `sent` at the earliest.
    void on_starts(std::int64_t limit, int starts, clock::time_point sent);

    /// Called when handlers may begin that could not; any thread. `more`: there may be more to be claimed as well.
    /// Returns a number for forget().
    int on_room(std::function<void(bool more)> call);
    void forget(int listener);
    /// Called when the limiter should look soon; any thread.
    void on_short(std::function<void()> call);

  private:
    struct entry {
        running_limit what;
        int slots = 0;
        int target = 0;
        int in_use = 0;
        int peak = 0;
        bool short_of = false;
        bool tempted = false;

        start_stock stock{};
        int spent = 0;

        int usable() const {
            return what.max_running == running_limit::any_number ? running_limit::any_number : std::min(slots, target);
        }
        int starts(clock::time_point now) const { return what.rate > 0 ? stock.left(now) : running_limit::any_number; }
        bool has_room(clock::time_point now) const { return in_use < usable() && starts(now) > 0; }
        /// Whether there is nothing that could be used.
        bool is_out(clock::time_point now) const { return usable() <= 0 || starts(now) <= 0; }
    };

    entry* find(std::int64_t limit);
    bool may_begin(attempt const& one, clock::time_point now) const;
    void count(attempt& one);
    void spend(attempt const& one, clock::time_point now);
    void recount();
    int room_to_claim(entry const& one, std::function<int(int)> const& ahead) const;
    void tell_room(bool more);
    void tell_short();

    hand const& attempts_;
    std::atomic<bool> any_{false};
    std::atomic<bool> any_counted_{false};
    std::atomic<clock::time_point> learned_at_{clock::time_point{}};
    std::atomic<clock::time_point> tight_until_{clock::time_point{}};

    std::mutex listeners_mutex_; // never locked within mutex_
    std::vector<std::pair<int, std::function<void(bool)>>> listeners_;
    int last_listener_ = 0;
    std::function<void()> on_short_;

    mutable std::mutex mutex_;
    std::int64_t worker_ = 0;
    std::vector<entry> entries_;
    std::vector<counted_limit> counted_;
    bool blocked_ = false; // an attempt that was to begin could not
};

} // namespace txq
