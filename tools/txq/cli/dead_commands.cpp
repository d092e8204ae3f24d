#include <memory>

#include <txq/cli/bulk.hpp>
#include <txq/cli/commands.hpp>
#include <txq/cli/dead_jobs.hpp>
#include <txq/cli/dead_redrive.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/detail/duration.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = R"(  txq dead list
  txq dead list --queue mail --kind send_receipt --limit 200
)";
constexpr char show_examples[] = "  txq dead show 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b\n";
constexpr char redrive_examples[] = R"(  txq dead redrive 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq dead redrive --kind send_receipt --limit 10        a few of them first
  txq dead redrive --queue mail --dry-run                only show what they are
  txq dead redrive --error-type 'exit:75' --rate 100/s   slowly; Ctrl-C, and it says how to go on
  txq dead redrive --kind resize --to-queue slow
  txq dead redrive --all
)";
constexpr char purge_examples[] = R"(  txq dead purge --older-than 30d --dry-run
  txq dead purge --older-than 30d --queue mail
)";

/// What was given to `txq dead purge`.
struct purge_arguments {
    dead_filter filter;
    std::string older_than;
    bool dry_run = false;
};

int purge(command_line const& line, purge_arguments given) {
    auto const age = parse_duration(given.older_than);
    auto database = line.connect();
    check_schema(database, side::queue);
    given.filter.before = time_ago(database, age);
    progress so_far{line.io()};
    auto const action = action_of(database, so_far, given.dry_run, sql::purge_jobs, [&](std::string const& ids) {
        return pq::params{ids, given.filter.before};
    });
    tell_number_after(line, so_far, "purged", given.dry_run, "purged", "would be purged",
                      [&] { for_dead_jobs(database, given.filter, action); });
    return exit_code::ok;
}

void add_dead_filter(CLI::App& command, dead_filter& filter) {
    add_traits(command, filter.traits);
    command.add_option("--limit", filter.limit, "How many at most, those that died first (default: all of them)")
        ->check(CLI::Range(std::int64_t{1}, no_limit))
        ->type_name("NUMBER");
}

void add_redrive(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<redrive_arguments>();
    auto* const command =
        line.add(group, "redrive", "Make dead jobs ready again, with all of their attempts", redrive_examples);
    add_ids(*command, given->ids);
    add_dead_filter(*command, given->filter);
    command->add_flag("--all", given->all, "All of them");
    command->add_flag("--dry-run", given->dry_run, "Only show how many of what kind, and with what errors");
    command->add_option("--to-queue", given->to_queue, "Put them into this queue (default: the one that each is in)")
        ->check(name_of("queue"))
        ->type_name("QUEUE");
    command->add_option("--rate", given->rate, "Not faster than this, such as 100/s, 30/min or 1000/h")
        ->check(not_empty())
        ->type_name("RATE");
    command->add_option("--died-before", given->died_before, "Only jobs that died before this point in time")
        ->check(not_empty())
        ->type_name("TIME");
    line.on(command, [&line, given] { return redrive(line, *given); });
}

void add_purge(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<purge_arguments>();
    auto* const command = line.add(group, "purge", "Delete dead jobs and the errors of their attempts", purge_examples);
    command->add_option("--older-than", given->older_than, "Only jobs that have been dead for longer; 0s for all")
        ->type_name("DURATION")
        ->required();
    add_dead_filter(*command, given->filter);
    command->add_flag("--dry-run", given->dry_run, "Only count them");
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
