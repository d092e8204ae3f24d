#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ending.hpp"
#include "shared_state.hpp"

namespace txq {

/// How an attempt ended; nothing when its own transaction has recorded that already.
using attempt_result = std::optional<ending>;

/// The threads of a group, and the attempts that wait for one of them.
class executor {
  public:
    using pointer = std::shared_ptr<attempt>;
    using on_end = std::function<void(pointer, attempt_result, std::chrono::nanoseconds took)>;

    /// `ended` is called on the thread that ran the attempt.
    executor(std::shared_ptr<shared_state> state, int threads, on_end ended);
    /// Waits for the handlers that run.
    ~executor();

    void submit(std::vector<pointer> attempts);
    /// Limits let handlers begin that had to wait.
    void look_again();

    /// Takes back what waits and was claimed before `since`.
    std::vector<pointer> take_waiting(attempt::clock::time_point since);
    /// Of the longest waiting attempt; nothing if none waits.
    std::optional<attempt::clock::time_point> oldest_waiting() const;

    /// Waits until no handler runs and none waits for a thread. False at the deadline.
    bool wait_idle(attempt::clock::time_point deadline);

  private:
    void end_threads();

    struct inner;
    std::unique_ptr<inner> inner_;
    std::vector<std::thread> threads_;
};

} // namespace txq
