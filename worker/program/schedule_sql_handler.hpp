#pragma once

#include <pqxx/pqxx>

#include <txq/context.hpp>
#include <txq/job.hpp>
#include <txq/outcome.hpp>

namespace txq::program {

/// The kind of the jobs of schedules that run SQL.
inline constexpr char const* schedule_sql_kind = "txq.sql";

/// Runs the statement of the schedule that has started the job, as sql_handler does. The statement is looked up, and
/// only for a job that is the schedule's: who may enqueue jobs cannot have SQL run by enqueueing one of this kind.
/// Discards what no schedule has started, or one that is gone. A statement that cannot be meant is a permanent_error.
class schedule_sql_handler {
  public:
    outcome operator()(raw_job const& job, context& ctx, pqxx::work& tx) const;
};

} // namespace txq::program
