#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

// What Linux says of processes, in /proc.

namespace txq::bench::proc {

struct process {
    std::string name;
    pid_t parent = 0;
    double cpu_seconds = 0;       ///< its own, of all threads
    double ended_cpu_seconds = 0; ///< of its children that have ended
    double started_at = 0;        ///< seconds since 1970
};

/// Nothing if there is no such process, or it is hidden from us.
std::optional<process> look_at(pid_t id);

/// CPU seconds of a process and all that it has started.
double cpu_of_family(pid_t id);

/// The most memory that a process has had so far, in bytes (VmHWM); 0: not known.
std::int64_t peak_memory(pid_t id);

/// CPU seconds that the whole machine has spent on anything.
double cpu_of_machine();

int cores();
std::string cpu_model();

} // namespace txq::bench::proc
