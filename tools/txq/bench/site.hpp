#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <txq/detail/connection_info.hpp>
#include <txq/detail/session.hpp>

#include <sys/types.h>

namespace txq::bench {

/// What the server has done so far.
struct counters {
    std::int64_t wal = 0; ///< bytes of log
    std::int64_t commits = 0;
};

/// The database that is measured: what the bench asks it, makes in it and removes from it. Leaves other queues' jobs
/// alone.
class site {
  public:
    /// Refuses a database in which the bench would be in somebody's way: throws error (wrong_state). Otherwise removes
    /// what a bench that was killed has left.
    explicit site(connection_info where);
    /// Removes all that the bench has made; says on standard error if that fails.
    ~site();
    site(site const&) = delete;
    site& operator=(site const&) = delete;

    connection_info const& where() const noexcept { return where_; }
    /// Version and settings.
    nlohmann::json const& facts() const noexcept { return facts_; }

    /// A new connection, set as the programs' are; statements may take any time.
    session connect() const;
    /// The bench's own.
    session& database() noexcept { return database_; }

    /// Forgets all jobs, so that runs begin alike.
    void reset();
    /// Statistics, hint bits and dirty pages as after a while, not as after a bulk load.
    void settle();

    counters count();
    /// CPU seconds of all of the server's processes; nothing where they are on another machine or hidden.
    std::optional<double> cpu_seconds() const;
    /// Add it to the database's clock, as nanoseconds since 1970, for what monotonic_now() was then.
    std::int64_t clock_offset();

    /// Jobs in the record and jobs that are left.
    struct ends {
        std::int64_t recorded = 0;
        std::int64_t left = 0;
    };
    ends look_at_ends();

  private:
    void refuse_to_disturb();
    void release_horizon();
    void find_server();

    connection_info where_;
    session database_;
    nlohmann::json facts_;
    pid_t postmaster_ = 0;
};

/// The text of a script with the statements of sql/ where {{name}} stands. Throws std::logic_error for a name that is
/// none.
std::string with_statements(std::string script);

} // namespace txq::bench
