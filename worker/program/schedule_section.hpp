#pragma once

#include <string>

#include <txq/scheduler.hpp>

#include "section_reader.hpp"

namespace txq::program {

/// Reads a section [schedule.NAME]. Throws error (bad_configuration) with its place, also for times that cannot be
/// understood.
schedule_definition read_schedule(section_reader& keys, std::string name);

} // namespace txq::program
