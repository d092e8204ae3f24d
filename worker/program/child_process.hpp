#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "spawn.hpp"
#include "text.hpp"

namespace txq::program {

/// How much is kept of what a child writes to its standard output, and to its standard error.
inline constexpr std::size_t kept_output = std::size_t{8} * 1024;

/// How a child ended.
struct child_end {
    /// As from waitpid(2).
    int status = 0;
    /// It had been asked to stop before it ended.
    bool was_stopped = false;
    tail output{kept_output};
    tail errors{kept_output};
};

/// How long a child may go on after it was asked to stop. Called now and then from that moment on.
using patience = std::function<std::chrono::milliseconds()>;

/// Runs a command to its end with `input` on its standard input, which it need not read.
///
/// When stop is requested, the child's process group gets SIGTERM, and SIGKILL when the patience is over. What the
/// child has left running in its group is killed when the child ends; what has made itself a group or session of its
/// own is not. Returns when the child itself has ended, whoever else may hold its standard error open by then. Throws
/// std::system_error if the command cannot be started. Any thread, several at a time.
child_end run_child(command const& what, std::string_view input, std::stop_token const& stop,
                    patience const& until_killed);

} // namespace txq::program
