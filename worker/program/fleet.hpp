#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace txq::program {

/// Which of several processes are to be started when, and when all is over. Decides and does nothing itself.
class fleet {
  public:
    using clock = std::chrono::steady_clock;

    /// Each one is to be started at once.
    fleet(std::size_t processes, clock::time_point now);

    /// Those that are to be started now. Each of them counts as running from here on.
    std::vector<std::size_t> take_due(clock::time_point now);

    /// One has ended with a status as from waitpid(2). It is started again after a while, the longer the more often it
    /// has ended soon after its start; unless it says with its exit status that this would be of no use, which is the
    /// end of all of them, or stop() has been called.
    void on_ended(std::size_t which, int status, clock::time_point now);

    /// From now on none is started. Those that run have to be told.
    void stop() noexcept { stopping_ = true; }

    bool stopping() const noexcept { return stopping_; }
    bool is_running(std::size_t which) const { return processes_.at(which).running; }
    /// stop() was called, or had to be, and none runs any more.
    bool finished() const noexcept;
    /// When take_due() next has something to give; nothing: not before one has ended.
    std::optional<clock::time_point> next_start() const;
    /// Of the whole: 0 unless one that was to end did so with a failure, or one could not do its work at all.
    int exit_status() const noexcept { return exit_status_; }

  private:
    struct process {
        bool running = false;
        clock::time_point start; // the last one, or the next
        std::chrono::milliseconds pause{0};
    };

    void schedule(process& one, clock::time_point now) const;

    std::vector<process> processes_;
    bool stopping_ = false;
    int exit_status_ = 0;
};

} // namespace txq::program
