#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <support/process.hpp>
#include <support/server.hpp>

#include "small_disk.hpp"
#include "steered_clock.hpp"

namespace txq::chaos {

/// A primary and, if asked for, its streaming standby, which the primary's commits wait for. When the standby has taken
/// the primary's place, another one is made. One thread.
class site {
  public:
    struct needs {
        bool small_disk = false; ///< that can be full
        bool standby = false;
        bool steered_clock = false;
        std::vector<std::string> settings; ///< `name = value`, as ALTER SYSTEM takes them
    };
    explicit site(needs what);
    ~site();

    test::server& primary() { return *now_.server; }
    /// Of the primary; null unless it was asked for.
    small_disk* disk() { return now_.disk.get(); }
    /// Null unless it follows.
    test::server* standby() { return state_ == state::follows ? next_.server.get() : nullptr; }

    /// Of all servers here; null unless it was asked for.
    steered_clock* clock_of_servers() { return clock_.get(); }

    /// Takes the next step in the making of a standby. Never waits.
    void tend();
    /// Nothing gets to the standby any more, and nobody waits for it: what is committed now is lost in a failover.
    void cut_standby_off();
    /// The primary is gone at once, and the standby is the primary. `keep`: for forgotten(). Throws if there is no
    /// standby, or if it cannot be promoted.
    void fail_over(bool keep);
    /// Nobody waits for a standby any more, and none is made.
    void do_without_standby();

    /// Primaries of the past that may have had commits which their successors have not. Not running.
    std::vector<test::server*> past() const;

    /// The ends of the logs of the servers that there are, as `<name>-<number>.log`.
    void keep_logs(std::filesystem::path const& directory, std::string const& name) const;

  private:
    enum class state { alone, copying, catching_up, follows, cut_off };
    using clock = std::chrono::steady_clock;

    struct machine {
        std::unique_ptr<small_disk> disk;
        std::unique_ptr<test::server> server;
    };

    machine make_machine();
    void start_copy();
    void end_copy();
    void await_stream();
    void wait_for(std::string const& standbys);

    needs what_;
    std::unique_ptr<steered_clock> clock_;
    machine now_;
    machine next_;
    std::unique_ptr<test::process> copying_;
    state state_ = state::alone;
    clock::time_point look_at_{};
    std::vector<machine> past_;
};

} // namespace txq::chaos
