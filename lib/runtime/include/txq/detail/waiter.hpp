#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace txq {

/// Where one thread waits: for time to pass, for a socket, for another thread, or for the order to stop.
class waiter {
  public:
    enum class reason {
        time,     ///< nothing else happened
        readable, ///< the socket has something to read, or is closed or broken
        woken,    ///< wake() was called since the last wait, or stop has been requested
    };

    explicit waiter(std::stop_token stop = {});
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;

    /// Waits no longer than this. The socket, such as a connection's, stays the caller's; -1: none.
    reason wait_for(std::chrono::nanoseconds longest, int socket = -1);

    /// Ends the wait that is going on, or else the next one. Any thread.
    void wake();

    bool stop_requested() const noexcept { return stop_.stop_requested(); }

  private:
    void finish(reason why);

    std::stop_token stop_;
    boost::asio::io_context context_{1};
    boost::asio::steady_timer timer_{context_};
    std::function<void()> give_up_; // ends the wait that is going on
    std::optional<reason> why_;
    std::stop_callback<std::function<void()>> on_stop_; // the last member: it may call wake() from now on
};

} // namespace txq
