#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace txq::chaos {

enum class fault {
    kill,           ///< SIGKILL of a program
    stop,           ///< SIGSTOP of a program, and SIGCONT later
    backend,        ///< pg_terminate_backend of one session
    cut_before,     ///< a connection is lost before a COMMIT, or a statement that commits by itself, reaches the server
    cut_after,      ///< and after it took effect, before its answer is returned
    stall,          ///< nothing gets through between a program and its servers for a while
    crash,          ///< immediate stop of a server, and its start
    outage,         ///< the same, but it stays away for longer than a lease
    disk_full,      ///< nothing is left on the disk of the queue's server for a while
    horizon,        ///< something keeps old versions of rows for a while
    failover,       ///< a server is gone, and its synchronous standby takes its place
    lossy_failover, ///< the same after commits that have not got to the standby
    clock,          ///< the clock of a server steps
    partition,      ///< nothing gets through between two networks for a while
    packet_loss,    ///< only a part of it does
    program_clock,  ///< the clock of some programs steps
    failpoint,      ///< SIGKILL of a program, and of whoever takes its place, just before or after a certain statement
    server_kill,    ///< SIGKILL of a process of a server's, be it the one that all others belong to
    freeze,         ///< SIGSTOP of all processes of a server, and SIGCONT later
};

inline constexpr fault all_faults[] = {
    fault::kill,          fault::stop,        fault::backend,     fault::cut_before, fault::cut_after,
    fault::stall,         fault::crash,       fault::outage,      fault::horizon,    fault::disk_full,
    fault::partition,     fault::packet_loss, fault::clock,       fault::failover,   fault::lossy_failover,
    fault::program_clock, fault::failpoint,   fault::server_kill, fault::freeze};

std::string_view name(fault which) noexcept;

/// Of a list such as "kill,stop"; "all" and "none" are lists, too. Throws std::invalid_argument for an unknown name.
std::set<fault> faults_of(std::string const& list);

struct planned_fault {
    std::chrono::milliseconds at; ///< since the workload has begun
    fault what;
    std::uint32_t target;            ///< which of those that it can happen to, counted round
    std::chrono::milliseconds lasts; ///< zero where it does not last

    std::string describe() const;
};

/// What happens when, in order of time: the same for the same arguments. `lease` is what pauses are measured by.
std::vector<planned_fault> make_plan(std::uint64_t seed, std::chrono::milliseconds length,
                                     std::chrono::milliseconds lease, std::set<fault> const& which);

} // namespace txq::chaos
