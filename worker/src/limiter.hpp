#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include <txq/detail/backoff.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/detail/session.hpp>
#include <txq/detail/waiter.hpp>

#include "limit_shares.hpp"
#include "shared_state.hpp"

namespace txq {

/// Keeps the worker's limit_gate in agreement with the database: reads the limits, and gets and gives back this
/// worker's slots of them. On a connection and a thread of its own, because claims wait for it.
class limiter {
  public:
    explicit limiter(std::shared_ptr<shared_state> state);
    ~limiter();
    limiter(limiter const&) = delete;
    limiter& operator=(limiter const&) = delete;

  private:
    /// A limit, and who holds slots of it.
    struct view {
        running_limit limit;
        std::vector<slot_holder> holders;
        std::int64_t turn = 0;
    };

    struct need {
        slot_demand slots;
        limit_gate::clock::time_point next_guess{}; // at whether there are jobs
    };

    void run();
    std::chrono::milliseconds step();
    void complain(std::exception const& failed);
    struct known_limits {
        std::vector<view> shared_out;
        std::vector<limit_gate::counted_limit> counted;
        std::vector<std::int64_t> counting; ///< those of them that count what runs
    };
    known_limits read();
    void count_running_jobs(std::vector<std::int64_t> const& limits);
    void give_back_places(std::int64_t worker);
    /// Returns how long until the next look.
    std::chrono::milliseconds adjust(std::int64_t worker, view const& what);
    bool has_jobs(running_limit const& limit, bool guess);
    int most(running_limit const& limit) const;
    bool is_short(running_limit const& limit, limit_gate::usage const& used, need& needs);
    std::chrono::milliseconds hold_slots(std::int64_t worker, view const& what, limit_gate::usage const& used,
                                         bool short_of);
    std::chrono::milliseconds take_starts(running_limit const& limit, limit_gate::usage const& used, bool short_of);
    bool write(std::int64_t worker, running_limit const& limit, slot_holder const& wanted, int kept);

    std::shared_ptr<shared_state> const state_;
    std::unique_ptr<session> database_;
    bool known_ = false;                 // whether the database has limits at all
    std::map<std::int64_t, need> needs_; // by limit
    std::map<std::int64_t, limit_gate::clock::time_point>
        uncounted_since_; // by limit; max(): what ran has been counted
    backoff waits_{std::chrono::milliseconds{50}, std::chrono::milliseconds{1000}};
    once_a_minute refusals_;
    waiter waiter_;
    std::atomic<bool> ending_{false};
    std::thread thread_; // last: it uses everything above
};

} // namespace txq
