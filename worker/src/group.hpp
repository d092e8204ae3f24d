#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <txq/detail/backoff.hpp>
#include <txq/detail/session.hpp>
#include <txq/detail/spread_pauses.hpp>
#include <txq/detail/waiter.hpp>

#include "admission.hpp"
#include "claim_desk.hpp"
#include "executor.hpp"
#include "limited_claims.hpp"
#include "locker.hpp"
#include "recorder.hpp"
#include "settled_locks.hpp"

namespace txq {

/// A group at work: one thread that claims by leases, two that claim by locks where handlers are quick, the executor's
/// threads that run, one thread that records.
class group {
  public:
    group(std::shared_ptr<shared_state> state, worker_group options);
    /// Ends the claiming thread and the others; see stop_claiming() and close() for how to do so in peace.
    ~group();

    /// From then on nothing is claimed, and what waited for a thread is given back.
    void stop_claiming();
    bool wait_idle(attempt::clock::time_point deadline) { return executor_->wait_idle(deadline); }
    /// Waits until every end is recorded, or for `patience`.
    void close(std::chrono::milliseconds patience) { recorder_->close(patience); }

  private:
    struct listeners {
        std::unique_ptr<session_listener> on_jobs{};
        std::unique_ptr<session_listener> on_returned{};
        bool deaf = false; ///< although it should not be
    };

    void start();
    void run();
    void serve(session& database);
    listeners listen(session& database);
    void claim(session& database, claim_loop::claim const& asked);
    void claim_suspect(session& database, claim_loop::claimed& got);
    void claim_from(session& database, std::string const& queue, int wanted, bool suspects, claim_loop::claimed& got);
    int claim_part(session& database, std::string const& queue, limited_claims::part const& what, bool suspects,
                   claim_loop::claimed& got);
    int claim_at(session& database, std::string const& queue, limited_claims::part const& what, int wanted,
                 std::optional<lookout::look> const& look, claim_loop::claimed& got);
    void on_room(bool more);
    bool may_lock() const;
    bool serves(std::string_view queue) const;
    void look_everywhere(session& database);
    void note_progress(session& database);
    void on_end(executor::pointer which, attempt_result result, std::chrono::nanoseconds took);
    void end(executor::pointer which, attempt_result how);
    void give_back(std::vector<executor::pointer> const& attempts);
    attempt::clock::time_point next_deadline(attempt::clock::time_point next_poll) const;

    std::shared_ptr<shared_state> const state_;
    worker_group const options_;
    crew const crew_;

    waiter waiter_;
    claim_desk desk_;
    limited_claims claims_;
    std::atomic<bool> claiming_{true};

    // the claiming thread's
    spread_pauses pauses_;
    backoff waits_;
    bool listens_ = true; // on the next connection
    bool maybe_suspects_ = true;
    bool returned_ = false; // jobs have been given back
    bool resumed_ = false;  // a kind or a tenant, whose jobs lie below the floors
    settled_locks locks_;
    std::optional<std::string> settled_;

    std::unique_ptr<recorder> recorder_;
    std::unique_ptr<executor> executor_;
    std::vector<std::unique_ptr<locker>> lockers_;
    int room_listener_ = 0;
    std::thread thread_; // last: it uses everything above
};

} // namespace txq
