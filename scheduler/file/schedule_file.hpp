#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include <txq/scheduler.hpp>

namespace txq::program {

/// What a file says to a program that starts runs of schedules and runs no jobs.
struct schedule_file {
    /// Without a name: nothing.
    schedule_set set{};
    /// As in scheduler_options.
    std::chrono::milliseconds retention = scheduler_options{}.retention;
};

/// It may be a worker's file as well: then what else that says is left to the worker. Throws error (bad_configuration)
/// that names the file, the line, the section and the key.
schedule_file parse_schedule_file(std::string_view text, std::filesystem::path const& file);

/// The same for a file; also if it cannot be read.
schedule_file read_schedule_file(std::filesystem::path const& file);

} // namespace txq::program
