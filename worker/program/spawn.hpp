#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "unique_fd.hpp"

namespace txq::program {

/// A program to be run, without a shell.
struct command {
    /// Absolute path of the file that is executed.
    std::string file;
    /// The first one is the name by which the program is called.
    std::vector<std::string> arguments;
    /// NAME=value, and nothing else.
    std::vector<std::string> environment;
};

/// A child that has been started: the leader of a process group of its own, and our ends of its three pipes, which do
/// not block. The owner has to wait for it.
struct spawned {
    pid_t pid = -1;
    /// Becomes readable when the child has ended.
    unique_fd ended;
    unique_fd input;
    unique_fd output;
    unique_fd errors;
};

/// Starts the command and returns once it is being executed. The child inherits the three pipes and no other file
/// descriptor, no blocked or ignored signal, the working directory; it is killed when the calling thread ends, so that
/// a worker that dies does not leave commands behind. Any thread, several at a time.
/// Throws std::system_error if the command could not be started; nothing is left behind then.
spawned spawn(command const& what);

} // namespace txq::program
