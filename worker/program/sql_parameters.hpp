#pragma once

#include <string>

#include <txq/detail/sql_statement.hpp>
#include <txq/job.hpp>

namespace txq::program {

/// The value of the file's parameter `number` as PostgreSQL's text format has it.
std::string parameter_of(raw_job const& job, int number);

} // namespace txq::program
