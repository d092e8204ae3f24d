#pragma once

#include <string>

#include <txq/detail/section_reader.hpp>
#include <txq/scheduler.hpp>

namespace txq::program {

// All of these throw error (bad_configuration) with the place, also for times that cannot be understood.

/// Reads the key schedule_set, which stands above the first section; empty if it is not there.
std::string read_schedule_set(section_reader& keys);

/// Reads a section [schedule.NAME].
void read_schedule(section_reader& keys, schedule_set& into);

/// What can be said of all of them when the whole file has been read.
void check_named(schedule_set const& set, std::string const& file);

} // namespace txq::program
