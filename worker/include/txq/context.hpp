#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace txq {

/// Why a handler is asked to stop.
enum class stop_reason {
    none,       ///< it is not
    timeout,    ///< the kind's timeout has passed: a failed attempt
    cancelled,  ///< an operator has cancelled the job
    shutdown,   ///< the worker is leaving and its grace period is over: the job is given back, the attempt not counted
    lease_lost, ///< the database cannot be reached, or says that the job is another worker's: nothing can be recorded
};

char const* name(stop_reason why) noexcept;

/// What a handler knows beside its job. Valid while the handler runs, on its thread.
class context {
  public:
    virtual ~context() = default;

    /// Requested when the handler should end soon, whatever it has done: see stop_reason. Hand it to what blocks.
    virtual std::stop_token stop() const = 0;
    virtual stop_reason why_stop() const = 0;
    /// host:pid of the process.
    virtual std::string const& worker_name() const = 0;
};

} // namespace txq
