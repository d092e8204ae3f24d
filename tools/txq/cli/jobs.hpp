#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <txq/cli/command_line.hpp>

// What the commands `jobs` and `dead` have in common.

namespace txq::cli {

/// What jobs have in common. Empty: it does not matter.
struct job_traits {
    std::string queue;
    std::string kind;
    std::string tenant;
    /// Of the last error, in which `*` stands for any text.
    std::string error_type;

    bool any() const;
    /// As options on a command line, each with a space before it.
    std::string options() const;
};

/// Which jobs to list. Empty: all.
struct job_filter {
    job_traits traits;
    /// Only the job that stands for this key; needs a kind.
    std::string key;
    std::string state;
    /// Those that were enqueued before the job with this id: the last one of the page before.
    std::string after;
    int limit = 50;
};

struct job_page {
    std::vector<pqxx::row> rows; ///< of list_jobs
    std::string next;            ///< what `after` is for the next page; empty if this was the last one
};

job_page list_jobs(session& database, job_filter const& filter);

/// The same with more rows of the database looked at in one statement, for tests.
job_page list_jobs(session& database, job_filter const& filter, int look_at);

/// `dead for 3m 20s`, `scheduled in 2h`.
std::string state_of(pqxx::row const& job);

nlohmann::json json_of_listed(pqxx::row const& job);

/// Throws error (not_found) if there is no such job, error (wrong_state) if `only_dead` is set and it is not dead.
void show_job(session& database, console const& io, std::string const& id, bool json, bool only_dead);

/// Checks that an argument is a uuid.
CLI::Validator is_id();
/// The options --queue, --kind, --tenant and --error-type.
void add_traits(CLI::App& command, job_traits& traits);
/// The option --key, which needs --kind.
void add_key(CLI::App& command, std::string& key);
/// A pattern in which `*` stands for any text as one of SQL's LIKE; nothing for an empty one: all.
std::optional<std::string> like_pattern(std::string const& pattern);
/// The positional argument ID.
CLI::Option* add_id(CLI::App& command, std::string& id);
CLI::Option* add_ids(CLI::App& command, std::vector<std::string>& ids);

/// Adds the command `list` to `jobs` or `dead`, of which the latter lists jobs of one state only.
void add_list(command_line& line, CLI::App* group, char const* examples, char const* description,
              std::string const& only_state);
/// Adds the command `show` to `jobs` or `dead`.
void add_show(command_line& line, CLI::App* group, char const* examples, char const* description, bool only_dead);

} // namespace txq::cli
