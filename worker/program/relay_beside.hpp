#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <thread>

#include <txq/detail/connection_info.hpp>

namespace txq::program {

/// The relay of the database in which the worker works, on a thread beside it: one program less to run where outbox
/// and queue are in one database. Of several, and of txq-relay beside them, one is active and the others stand by.
class relay_beside {
  public:
    struct give_up {
        std::chrono::milliseconds after; ///< zero: never
        std::function<void()> then;      ///< called on a thread of its own, and meant to end the process
    };

    /// `on_failure` is called on that thread where the relay cannot go on; it tries again by itself whenever that may
    /// help.
    relay_beside(connection_info where, bool pooled, give_up when, std::function<void()> on_failure);

    /// Ends when the batch in hand is moved. Throws what has ended it before.
    void finish();

  private:
    std::exception_ptr failed_;
    std::jthread thread_;
};

} // namespace txq::program
