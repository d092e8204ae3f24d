#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <txq/detail/backoff.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/detail/session.hpp>
#include <txq/detail/spread_pauses.hpp>
#include <txq/error.hpp>

#include "due_floor.hpp"
#include "keeping.hpp"
#include "lasting_trouble.hpp"
#include "liveness_watch.hpp"
#include "shared_state.hpp"

namespace txq {

/// What any worker does for all of them: makes delayed jobs ready, gives the jobs of dead workers to others, forgets
/// what is old, and says which jobs nobody knows how to run. On a connection of its own; one thread. Every worker does
/// it, one at a time or each what another one is not at. And it looks whether a migration has left this program behind.
class caretaker {
  public:
    /// `on_outdated` is called when one has, with the error, at each look.
    caretaker(std::shared_ptr<shared_state> state, std::function<void(error const&)> on_outdated);

    /// Does what is due. Returns how long until something is again. Never throws.
    std::chrono::milliseconds step();

  private:
    using clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    struct duty {
        char const* name;
        std::function<milliseconds()> run; ///< returns how long until it is due again
        clock::time_point next;
        once_a_minute refusals{};
    };

    void run(duty& one);
    milliseconds until_next() const;

    pqxx::result run_alone(statement const& what, pq::params const& with = {});
    milliseconds promote();
    milliseconds rescue();
    void try_to_rescue_jobs_of(liveness_watch::sight const& dead);
    void rescue_jobs_of(liveness_watch::sight const& dead);
    void tell_hook(pqxx::row const& rescued) const;
    milliseconds rescue_orphans();
    milliseconds let_orders_go_on();
    milliseconds let_parked_jobs_go_on();
    milliseconds report_unknown_kinds();
    milliseconds keep();
    milliseconds look_at_schema();

    std::shared_ptr<shared_state> const state_;
    std::function<void(error const&)> const on_outdated_;
    std::unique_ptr<session> database_;
    liveness_watch watch_;
    once_a_minute refusals_; // to rescue somebody
    keeping keeping_;
    struct {
        std::string queue;
        std::string key;
    } last_order_; // up to which orders have been looked at
    struct {
        std::int64_t limit = 0;
        std::string key;
    } last_parked_; // the same of keys of limits
    due_floor due_;
    spread_pauses pauses_;
    /// Until the next try at a duty that another worker is at: that one may have begun before this became due.
    backoff while_another_does_{std::chrono::milliseconds{10}, std::chrono::milliseconds{250}};
    std::vector<duty> duties_;
    backoff waits_;
    lasting_trouble trouble_{state_->options.lease};
};

} // namespace txq
