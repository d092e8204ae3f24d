#pragma once

#include <string>
#include <string_view>

#include <pqxx/pqxx>

#include <txq/context.hpp>
#include <txq/job.hpp>

#include "sql_parameters.hpp"

namespace txq::program {

/// Runs a statement for each job, in the transaction that completes it; a registry takes it. The rows that the
/// statement returns are not looked at. What PostgreSQL says against it is thrown by libpqxx: a failed attempt.
class sql_handler {
  public:
    /// `name` is for logs. Throws error (bad_configuration): see prepare_for_jobs.
    sql_handler(std::string name, std::string_view sql) : name_{std::move(name)}, statement_{prepare_for_jobs(sql)} {}

    void operator()(raw_job const& job, context& ctx, pqxx::work& tx) const;

  private:
    std::string name_;
    job_statement statement_;
};

} // namespace txq::program
