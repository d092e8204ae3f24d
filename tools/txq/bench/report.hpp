#pragma once

#include <iosfwd>
#include <vector>

#include <nlohmann/json.hpp>

#include "measured.hpp"

namespace txq::bench {

/// What was measured on: the server as it says itself, and this machine.
nlohmann::json machine_and(nlohmann::json const& server);

/// A line on the machine and the server, then the cells as a table: medians, with the least and the most of the rates.
void write_text(std::ostream& out, nlohmann::json const& facts, std::vector<cell> const& cells);

/// Everything, each run by itself.
nlohmann::json json_of(nlohmann::json const& facts, std::vector<cell> const& cells);

} // namespace txq::bench
