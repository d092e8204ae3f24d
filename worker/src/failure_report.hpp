#pragma once

#include <string>

#include <pqxx/pqxx>

#include <txq/failure_hook.hpp>

#include "ending.hpp"

namespace txq {

/// Of an attempt that ended here, `state` being the one in which the database says that the job is.
failure_report report_of(raw_job const& job, ending const& how, std::string const& state, std::string const& worker);

/// Of an attempt whose worker died: a row of rescue_jobs.
failure_report report_of_rescued(pqxx::row const& rescued, std::string const& worker);

} // namespace txq
