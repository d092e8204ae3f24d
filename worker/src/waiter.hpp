#pragma once

#include <chrono>

namespace txq {

/// Lets one thread wait for a socket, a deadline, or another thread's call, whichever comes first.
class waiter {
  public:
    /// Throws std::system_error.
    waiter();
    ~waiter();
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;

    /// Ends the wait under way, or the next one at once. Any thread.
    void wake() noexcept;

    /// socket: -1 for none. Returns when it can be read, when woken, at the deadline, or for no reason.
    void wait(int socket, std::chrono::steady_clock::time_point deadline);

  private:
    int event_;
};

} // namespace txq
