#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <txq/scheduler.hpp>
#include <txq/worker.hpp>

namespace txq::program {

/// [group.NAME]
struct group_config {
    std::string name;
    worker_group options;
    /// 0: runs in the main process, with the other groups of which that is true. Otherwise so many processes of its
    /// own.
    int processes = 0;
};

/// What runs a kind's jobs.
struct exec_config {
    std::vector<std::string> arguments;
};
struct sql_config {
    std::string statement;
};
struct sql_file_config {
    std::filesystem::path file;
};
struct plugin_config {
    std::filesystem::path library;
};
/// The SQL of the schedule that has started the job; for the kind txq.sql alone.
struct schedule_sql_config {};

/// [kind.NAME]
struct kind_config {
    std::string name;
    std::variant<exec_config, sql_config, sql_file_config, plugin_config, schedule_sql_config> handler;
    /// Not set: the plugin's own, or else those of handler_options.
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<retry_policy> retry;
    /// The name of a policy instead, and "worker.toml, line 14, [kind.NAME], policy"; read_config puts it into retry.
    std::string policy{};
    std::string policy_where{};
    /// "worker.toml, line 12, [kind.NAME]": how errors begin that show when the handler is made.
    std::string where{};
};

/// [policy.NAME]
struct policy_config {
    std::string name;
    retry_policy policy;
};

/// [hook]: a command that is told of failed attempts.
struct hook_config {
    std::vector<std::string> arguments;
    /// What has to have become of the job: see failure_report.
    std::vector<std::string> on;
    std::chrono::milliseconds timeout;
    /// "worker.toml, line 12, [hook], exec"
    std::string where;
};

/// A worker's file.
struct config {
    /// What is not in the file is as in worker_options, but that a program gives up after five minutes. Its groups are
    /// not set: see options_for.
    worker_options options;
    std::vector<group_config> groups;
    std::vector<kind_config> kinds;
    std::vector<policy_config> policies;
    std::optional<hook_config> hook;
    /// What is to be run when. Without a name: the file says nothing of that.
    schedule_set schedules;
    /// Whether this worker starts the runs of schedules: of all, wherever they come from.
    bool scheduler = true;
    /// Paths in the file are relative to this.
    std::filesystem::path directory;
};

/// Throws error (bad_configuration) that names the file, the line, the section and the key: a line for each section
/// that cannot be meant, or one for a file that is not TOML.
config parse_config(std::string_view text, std::filesystem::path const& file);

/// The same for a file; also if it cannot be read.
config read_config(std::filesystem::path const& file);

/// What the worker of a process is to do that runs these groups.
worker_options options_for(config const& from, std::vector<group_config> const& groups);

/// The groups of each process that the file asks for; a group with several processes comes as often.
std::vector<std::vector<group_config>> processes_of(config const& from);

} // namespace txq::program
