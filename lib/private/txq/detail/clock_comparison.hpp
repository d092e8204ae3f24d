#pragma once

#include <chrono>
#include <functional>

namespace txq {

/// Whether the clock of a database's server and this host's say about the same: when one of them has stepped, what is
/// forgotten by its age is forgotten too soon, and may be done twice. One thread.
class clock_comparison {
  public:
    using clock = std::function<std::chrono::system_clock::time_point()>;

    explicit clock_comparison(clock own = std::chrono::system_clock::now) : own_{std::move(own)} {}

    /// `server`: what its clock says now, since 1970. False: they are more than an hour apart. Logs it when that
    /// changes.
    bool agree(std::chrono::nanoseconds server);

  private:
    clock own_;
    bool agreed_ = true;
};

} // namespace txq
