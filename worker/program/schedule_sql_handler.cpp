#include "schedule_sql_handler.hpp"

#include <optional>

#include <nlohmann/json.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/error.hpp>

#include "sql_handler.hpp"

namespace txq::program {

namespace {

struct run {
    std::string schedule;
    std::string planned_at;
};

std::optional<run> run_of(raw_job const& job) {
    auto const payload = nlohmann::json::parse(job.payload, nullptr, false);
    auto const text = [&](char const* name) {
        return payload.is_object() && payload.contains(name) && payload[name].is_string()
                   ? payload[name].get<std::string>()
                   : std::string{};
    };
    run const found{text("schedule"), text("planned_at")};
    return found.schedule.empty() || found.planned_at.empty() ? std::nullopt : std::optional{found};
}

} // namespace

outcome schedule_sql_handler::operator()(raw_job const& job, context& ctx, pqxx::work& tx) const {
    auto const run = run_of(job);
    if (!run) return outcome::discard("no schedule has started this job");
    auto const found = pq::exec(tx, sql::schedule_command, pq::params{run->schedule, run->planned_at, job.id});
    if (found.empty())
        return outcome::discard("there is no schedule " + run->schedule + " that runs SQL and has started this job");
    try {
        sql_handler{run->schedule, found[0]["command"].c_str()}(job, ctx, tx);
    } catch (error const& wrong) {
        throw permanent_error{"the SQL of schedule " + run->schedule + " cannot be run: " + wrong.what()};
    }
    return outcome::complete();
}

} // namespace txq::program
