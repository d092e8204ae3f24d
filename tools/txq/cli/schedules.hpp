#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <txq/cli/command_line.hpp>

// What the commands of `txq schedule` that need a database have in common.

namespace txq::cli {

/// A schedule with how far it has come.
struct listed_schedule {
    pqxx::row row; ///< of list_schedules
    /// Why its times cannot be understood; empty: they can.
    std::string problem;
    /// Its first time that nobody has decided on yet; none if it is paused, has no more times, or has a problem.
    std::optional<std::chrono::sys_seconds> next;
    std::chrono::sys_seconds now; ///< by the database's clock
};

/// In the order of their names; with `names` only those, with `after` only those behind it.
std::vector<listed_schedule> read_schedules(session& database, pqxx::transaction_base& tx,
                                            std::vector<std::string> const& names, int limit,
                                            std::string const& after = {});

/// Throws error (schema_missing, schema_too_old, schema_too_new) unless the database has what schedules need.
void check_schedules(session& database);
bool has_schedules(session& database);

void show_schedules(std::ostream& out, std::vector<listed_schedule> const& all);
nlohmann::json json_of(listed_schedule const& one);
/// `2026-01-31 09:05:00 UTC`, and how long until then or since.
std::string people_next(listed_schedule const& one);

// Each adds a command to `txq schedule`.
void add_schedule_add(command_line& line, CLI::App* group);
void add_schedule_list(command_line& line, CLI::App* group);
void add_schedule_changes(command_line& line, CLI::App* group);

} // namespace txq::cli
