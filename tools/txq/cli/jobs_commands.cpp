#include <memory>

#include <txq/cli/commands.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/given_time.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/cli/jobs_change.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = R"(  txq jobs list                                 the 50 that were enqueued last
  txq jobs list --queue mail --state ready
  txq jobs list --state held
  txq jobs list --tenant shop_42
  txq jobs list --error-type 'sqlstate:23*'      whose last error was of such a type
  txq jobs list --kind send_receipt --limit 200 --after 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
)";
constexpr char show_examples[] = "  txq jobs show 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b\n";
constexpr char retry_examples[] = R"(  txq jobs retry 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq jobs retry --queue mail --state scheduled --dry-run     only count them
)";
constexpr char release_examples[] = R"(  txq jobs release 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq jobs release --kind send_receipt --error-type 'smtp:*'
)";
constexpr char cancel_examples[] = R"(  txq jobs cancel 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq jobs cancel --kind send_newsletter
  txq jobs cancel --kind broadcast_cart --key '{"cart": 7}'
)";
constexpr char reschedule_examples[] = R"(  txq jobs reschedule 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b --delay 1h
  txq jobs reschedule --kind broadcast_cart --key '{"cart": 7}' --run-at '2031-01-31 09:00 Europe/Berlin'
)";
constexpr char discard_examples[] = R"(  txq jobs discard 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq jobs discard --kind send_newsletter --state ready --limit 10
)";

/// What was given on the command line.
struct arguments {
    std::vector<std::string> ids;
    bulk_change many;
};

int change(command_line const& line, arguments const& given, job_change const& how) {
    auto const& [filter, limit, dry_run] = given.many;
    auto const filtered = filter.traits.any() || !filter.state.empty();
    if (!given.ids.empty() && (filtered || limit != no_limit || dry_run))
        throw error{
            errc::bad_configuration,
            "give either IDs or --queue, --kind, --key, --tenant, --error-type, --state, --limit and --dry-run"};
    if (!given.ids.empty()) return change_jobs(line, given.ids, how);
    if (!filtered)
        throw error{errc::bad_configuration,
                    "which jobs? Give IDs, or --queue, --kind, --tenant, --error-type or --state"};
    return change_many(line, given.many, how);
}

/// Which jobs a command is to change.
void add_arguments(CLI::App* command, std::shared_ptr<arguments> const& given, job_change const& how) {
    auto& many = given->many;
    add_ids(*command, given->ids);
    add_traits(*command, many.filter.traits);
    add_key(*command, many.filter.key);
    command->add_option("--state", many.filter.state, "Only jobs in this state")
        ->check(CLI::IsMember(how.states))
        ->type_name("STATE");
    command->add_option("--limit", many.limit, "How many at most (default: all of them)")
        ->check(CLI::Range(std::int64_t{1}, no_limit))
        ->type_name("NUMBER");
    command->add_flag("--dry-run", many.dry_run, "Only count them");
}

void add_change(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                job_change const& how) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(group, name, description, examples);
    add_arguments(command, given, how);
    line.on(command, [&line, given, &how] { return change(line, *given, how); });
}

/// When jobs are to run.
struct new_time {
    std::string run_at;
    std::string delay;
};

std::chrono::system_clock::time_point time_of(session& database, new_time const& given) {
    if (!given.run_at.empty()) return time_given(database, "--run-at", given.run_at);
    if (given.delay.empty()) throw error{errc::bad_time, "when? Give --run-at or --delay"};
    auto const delay = duration_given("--delay", given.delay);
    return time_given(database, "--delay", "now") + delay;
}

int reschedule(command_line const& line, arguments const& given, new_time const& when) {
    auto database = line.connect();
    auto const how = reschedule_change(time_of(database, when));
    return change(line, given, how);
}

void add_reschedule(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<arguments>();
    auto const when = std::make_shared<new_time>();
    auto* const command = line.add(group, "reschedule", "Let jobs that wait run at another time", reschedule_examples);
    add_arguments(command, given, reschedule_change({}));
    auto* const delay = command->add_option("--delay", when->delay, "This long from now: 30s, 5min, 7d; 0: now")
                            ->check(not_empty())
                            ->type_name("DURATION");
    command->add_option("--run-at", when->run_at, "At this point in time; UTC unless it names a zone")
        ->check(not_empty())
        ->type_name("TIME")
        ->excludes(delay);
    line.on(command, [&line, given, when] { return reschedule(line, *given, *when); });
}

} // namespace

void add_jobs(command_line& line) {
    auto* const group = line.add_group("jobs", "List and change jobs");
    add_list(line, group, list_examples, "List jobs that have not been completed, the newest first", "");
    add_show(line, group, show_examples, "Show all there is to know about a job", false);
    add_change(line, group, "retry",
               "Make jobs ready now that wait for their time or have ended without success (these get all of their "
               "attempts again)",
               retry_examples, retry_change);
    add_change(line, group, "release", "Make held jobs ready again, with all of their attempts", release_examples,
               release_change);
    add_change(line, group, "cancel",
               "End jobs that have not begun, and ask the workers of those that run to stop them", cancel_examples,
               cancel_change);
    add_reschedule(line, group);
    add_change(line, group, "discard", "End jobs without success that wait, are dead or are held", discard_examples,
               discard_change);
}

} // namespace txq::cli
