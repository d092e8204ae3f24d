#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include <txq/detail/session.hpp>

namespace txq {

/// A statement that runs for ever must not outlive its handler's welcome: while this lives and once stop is requested,
/// whatever the session runs is cancelled. Again and again, because a request that arrives between two statements has
/// no effect. When that has been of no use for five seconds the connection is given up, since a server that does not
/// answer does not cancel either.
class statement_canceller {
  public:
    statement_canceller(std::shared_ptr<session> db, std::stop_token stop);

  private:
    void begin() noexcept;

    std::shared_ptr<session> const db_;
    std::jthread thread_;                               // only once stop is requested
    std::stop_callback<std::function<void()>> on_stop_; // the last member: it may call begin() from now on
};

} // namespace txq
