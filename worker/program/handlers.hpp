#pragma once

#include "config.hpp"

namespace txq::program {

/// The handlers of a worker's file: finds the programs, reads the statements, loads the plugins.
/// Throws error (bad_configuration) that names the file and the section.
registry make_handlers(config const& from);

} // namespace txq::program
