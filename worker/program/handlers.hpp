#pragma once

#include "config.hpp"

namespace txq::program {

/// The handlers of a worker's file: finds the programs, reads the statements, loads the plugins.
/// Throws error (bad_configuration) that names the file and the section: a line for each kind that cannot be run.
registry make_handlers(config const& from);

} // namespace txq::program
