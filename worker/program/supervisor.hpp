#pragma once

#include <string>
#include <vector>

namespace txq::program {

/// A process that runs this program again with other arguments.
struct child_program {
    /// For logs.
    std::string name;
    /// Without the program's name.
    std::vector<std::string> arguments;
};

/// Runs the processes, each a process group of its own, until it is told to stop by SIGTERM or SIGINT and all have
/// ended: these get SIGTERM then, and are killed at the second signal. One that ends before is started again. Returns
/// the exit status for this process. To be called by the only thread there is.
int supervise(std::vector<child_program> const& programs);

/// What a process started by supervise() has to do first: ends together with it, as if told to stop. Throws
/// std::runtime_error if that has gone already. `supervisor` is its process id.
void follow(int supervisor);

} // namespace txq::program
