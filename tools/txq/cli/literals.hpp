#pragma once

#include <string>

#include <txq/detail/pq.hpp>

namespace txq::cli {

/// A statement as plain SQL: its comment left out and its parameters written as literals. For scripts that other tools
/// run; what this program runs has parameters.
std::string with_literals(statement const& what, pq::params const& with);

} // namespace txq::cli
