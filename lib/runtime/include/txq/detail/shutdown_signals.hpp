#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace txq {

/// SIGTERM and SIGINT, heard on a thread of its own, so that also a program whose threads all wait for the database can
/// be told to stop. Make it before other threads and before anything that a signal must not interrupt; one per process.
class shutdown_signals {
  public:
    /// A signal that comes so soon after another is the same one: a terminal, timeout(1) and some supervisors send it to
    /// a process and to its group.
    static constexpr std::chrono::milliseconds same_signal{200};

    /// Calls `first` for the first signal and `again` for every later one, on the signals' thread.
    shutdown_signals(std::function<void()> first, std::function<void()> again);
    /// From here on signals do what they did before.
    ~shutdown_signals();
    shutdown_signals(shutdown_signals const&) = delete;
    shutdown_signals& operator=(shutdown_signals const&) = delete;

  private:
    void listen(std::function<void()> now, std::function<void()> later);
    bool is_new();

    std::chrono::steady_clock::time_point last_{};
    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_;
    std::jthread thread_;
};

} // namespace txq
