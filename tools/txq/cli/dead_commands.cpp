#include <memory>

#include <txq/cli/bulk.hpp>
#include <txq/cli/commands.hpp>
#include <txq/cli/dead_jobs.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/cli/jobs_change.hpp>
#include <txq/detail/duration.hpp>
#include <txq/detail/schema.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = R"(  txq dead list
  txq dead list --queue mail --kind send_receipt --limit 200
)";
constexpr char show_examples[] = "  txq dead show 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b\n";
constexpr char redrive_examples[] = R"(  txq dead redrive 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq dead redrive --kind send_receipt --limit 10        a few of them first
  txq dead redrive --queue mail --dry-run                only count them
  txq dead redrive --all
)";
constexpr char purge_examples[] = R"(  txq dead purge --older-than 30d --dry-run
  txq dead purge --older-than 30d --queue mail
)";

/// What was given on the command line.
struct arguments {
    std::vector<std::string> ids;
    dead_filter filter;
    std::string older_than;
    bool all = false;
    bool dry_run = false;
};

/// Runs a statement for all of the dead jobs, or only counts them.
std::int64_t apply(command_line const& line, session& database, arguments const& given, statement const& what,
                   std::function<pq::params(std::string const& ids)> const& params) {
    progress so_far{line.io()};
    return for_dead_jobs(database, given.filter, action_of(database, so_far, given.dry_run, what, params));
}

int redrive(command_line const& line, arguments given) {
    auto const filtered = !given.filter.queue.empty() || !given.filter.kind.empty() ||
                          !given.filter.error_type.empty() || given.filter.limit != no_limit;
    if (!given.ids.empty() && (filtered || given.all || given.dry_run))
        throw error{errc::bad_configuration,
                    "give either ids or --queue, --kind, --error-type, --limit, --all and --dry-run"};
    if (!given.ids.empty()) return change_jobs(line, given.ids, redrive_change);
    if (!filtered && !given.all)
        throw error{errc::bad_configuration,
                    "which dead jobs? Give ids, --queue, --kind, --error-type or --limit, or --all"};
    auto database = line.connect();
    check_schema(database, side::queue);
    given.filter.before = time_ago(database, std::chrono::milliseconds{0});
    tell_number(line, "redriven", given.dry_run, "are ready again", "would be redriven",
                apply(line, database, given, sql::retry_jobs, redrive_change.params));
    return exit_code::ok;
}

int purge(command_line const& line, arguments given) {
    auto const age = parse_duration(given.older_than);
    auto database = line.connect();
    check_schema(database, side::queue);
    given.filter.before = time_ago(database, age);
    tell_number(line, "purged", given.dry_run, "purged", "would be purged",
                apply(line, database, given, sql::purge_jobs, [&](std::string const& ids) {
                    return pq::params{ids, given.filter.before};
                }));
    return exit_code::ok;
}

void add_dead_filter(CLI::App& command, arguments& given) {
    add_filter(command, given.filter.queue, given.filter.kind, given.filter.error_type);
    command.add_option("--limit", given.filter.limit, "How many at most, those that died first (default: all of them)")
        ->check(CLI::Range(std::int64_t{1}, no_limit))
        ->type_name("NUMBER");
    command.add_flag("--dry-run", given.dry_run, "Only count them");
}

void add_redrive(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<arguments>();
    auto* const command =
        line.add(group, "redrive", "Make dead jobs ready again, with all of their attempts", redrive_examples);
    add_ids(*command, given->ids);
    add_dead_filter(*command, *given);
    command->add_flag("--all", given->all, "All of them");
    line.on(command, [&line, given] { return redrive(line, *given); });
}

void add_purge(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(group, "purge", "Delete dead jobs and the errors of their attempts", purge_examples);
    command->add_option("--older-than", given->older_than, "Only jobs that have been dead for longer; 0s for all")
        ->type_name("DURATION")
        ->required();
    add_dead_filter(*command, *given);
    line.on(command, [&line, given] { return purge(line, *given); });
}

} // namespace

void add_dead(command_line& line) {
    auto* const group = line.add_group("dead", "List, redrive and purge the jobs that have failed for good");
    add_list(line, group, list_examples, "List dead jobs, the newest first", "dead");
    add_show(line, group, show_examples, "Show a dead job with the errors of its attempts", true);
    add_redrive(line, group);
    add_purge(line, group);
}

} // namespace txq::cli
