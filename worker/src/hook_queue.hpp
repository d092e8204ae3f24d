#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include <txq/failure_hook.hpp>

namespace txq {

/// Calls a hook on a thread of its own, so that whoever has something to report need not wait. What the hook is too
/// slow for is dropped.
class hook_queue {
  public:
    explicit hook_queue(failure_hook hook, std::size_t most = 1000) : hook_{std::move(hook)}, most_{most} {}
    /// Waits for the call in progress; drops what waits.
    ~hook_queue();

    /// Any thread; returns at once, whatever the hook does. Never throws.
    void add(failure_report report) noexcept;

    /// Nothing more is added from then on. Waits until the hook has been called for all, or for `patience`, and then
    /// for the call in progress.
    void close(std::chrono::milliseconds patience);

    /// How many reports have been dropped so far.
    std::int64_t dropped() const;

  private:
    void run();
    void call(failure_report const& report) const noexcept;
    void say_dropped(std::int64_t number);

    failure_hook const hook_;
    std::size_t const most_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<failure_report> waiting_;
    bool calling_ = false;
    bool closing_ = false;
    std::int64_t dropped_ = 0;

    // the thread's
    std::int64_t said_ = 0;
    std::chrono::steady_clock::time_point said_at_{};

    std::thread thread_; // started by the first report
};

} // namespace txq
