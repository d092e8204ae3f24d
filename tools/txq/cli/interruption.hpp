#pragma once

#include <chrono>

namespace txq::cli {

/// Within this scope SIGINT and SIGTERM do not end the process, but are noted, so that a command can stop between two
/// steps and say how far it has got. One at a time.
class interruption {
  public:
    interruption();
    ~interruption();
    interruption(interruption const&) = delete;
    interruption& operator=(interruption const&) = delete;

    bool asked() const noexcept;
    /// Waits, unless interrupted.
    void wait(std::chrono::milliseconds time) const;
};

} // namespace txq::cli
