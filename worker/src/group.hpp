#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include <txq/detail/backoff.hpp>
#include <txq/detail/session.hpp>
#include <txq/detail/waiter.hpp>

#include "claim_floor.hpp"
#include "claim_loop.hpp"
#include "executor.hpp"
#include "recorder.hpp"

namespace txq {

/// A group at work: one thread that claims, the executor's threads that run, one thread that records.
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
    void run();
    void serve(session& database);
    void claim(session& database, int wanted);
    int claim_suspect(session& database);
    /// How many, and the bytes of their payloads.
    struct claimed {
        int jobs = 0;
        std::size_t bytes = 0;
    };
    claimed claim_from(session& database, std::string const& queue, int wanted, bool suspects = false);
    bool serves(std::string_view queue) const;
    void look_everywhere();
    void expect_late_jobs();
    void on_end(executor::pointer which, attempt_result result, std::chrono::nanoseconds took);
    bool refuse(executor::pointer const& one);
    void take_account();
    void give_back(std::vector<executor::pointer> const& attempts);
    attempt::clock::time_point next_deadline(attempt::clock::time_point next_poll) const;

    std::shared_ptr<shared_state> const state_;
    worker_group const options_;
    std::string const kinds_; // as an array

    waiter waiter_;
    std::atomic<int> left_{0};          // attempts that have left the hand since the claiming thread looked
    std::atomic<std::int64_t> took_{0}; // nanoseconds that handlers took since then
    std::atomic<int> ran_{0};           // and how many they were
    std::atomic<bool> claiming_{true};

    // the claiming thread's
    claim_loop loop_;
    std::map<std::string, claim_floor> floors_; // by queue
    static constexpr auto never = attempt::clock::time_point::max();
    attempt::clock::time_point look_at_ = never; // at everything
    bool maybe_suspects_ = true;

    std::unique_ptr<recorder> recorder_;
    std::unique_ptr<executor> executor_;
    std::thread thread_; // last: it uses everything above
};

} // namespace txq
