#include "options.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include <txq/detail/duration.hpp>
#include <txq/detail/exit_code.hpp>
#include <txq/detail/log_levels.hpp>
#include <txq/detail/usage.hpp>
#include <txq/error.hpp>

namespace txq::relay {

namespace {

using std::chrono::milliseconds;

constexpr char description[] = "Moves jobs from an outbox into the queue.";

constexpr char footer[] = R"(
Examples:
  txq-relay --queue postgresql://txq@db/shop                   outbox and queue in one database
  txq-relay --source postgresql://txq@db/shop --queue postgresql://txq@jobs/queue
  txq-relay --queue postgresql://txq@db/shop --schedules shop.toml
  txq-relay --once                                             move what is there and exit

Run as many as you like for each outbox: one is active, the others stand by.
Databases are given as URLs or key=value pairs; PG* variables work, too.
SIGTERM ends it when the batch in hand is moved, a second one at once.

Exit status:
  0  told to stop, or done (--once)
  1  failed, or told to leave at once
  2  wrong usage: an option, or the file of schedules, cannot be meant
  3  a database's schema is missing or does not go with this program
  4  no database was named, or it cannot be reached (--once)
  6  gave up a database that did not answer (--give-up-after): to be started again
)";

std::string environment(char const* name) {
    auto const* value = std::getenv(name);
    return value ? value : "";
}

/// What the options have been given as.
struct texts {
    std::string source;
    std::string queue;
    std::string schedules;
    std::string lost_commits = "stop";
    std::string log_level = "info";
    std::string log_format = "text";
};

CLI::Option* add_duration(CLI::App& app, std::string const& name, milliseconds& value, milliseconds most,
                          std::string const& what, bool may_be_never = false) {
    auto const set = [&value, most, name, may_be_never](std::string const& text) {
        try {
            value = parse_duration(text);
        } catch (error const& wrong) { throw CLI::ValidationError{name, wrong.what()}; }
        if (value.count() == 0 && may_be_never) return;
        if (value < milliseconds{1}) throw CLI::ValidationError{name, "must be 1ms at least"};
        if (value > most) throw CLI::ValidationError{name, "must be " + format_duration(most) + " at most"};
    };
    return app.add_option_function<std::string>(name, set, what)
        ->type_name("DURATION")
        ->default_str(format_duration(value));
}

void add_options(CLI::App& app, texts& given, settings& how) {
    app.add_option("--source", given.source, "The outbox's database (TXQ_SOURCE_URL; default: the queue's)")
        ->type_name("URL");
    app.add_option("--queue,--database", given.queue, "The queue's database (TXQ_DATABASE_URL)")->type_name("URL");
    app.add_option("--batch", how.limit.rows, "Most jobs to move at a time")->check(CLI::Range(1, 100'000));
    app.add_option("--batch-bytes", how.limit.bytes,
                   "Most to move at a time by size; one job is moved whatever its size")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{256} << 20))
        ->type_name("SIZE");
    add_duration(app, "--poll-interval", how.poll_interval, std::chrono::seconds{30},
                 "How often to look into an idle outbox");
    add_duration(app, "--rotate-interval", how.rotate_interval, std::chrono::hours{24},
                 "How often to remove what was moved");
    add_duration(app, "--give-up-after", how.give_up_after, std::chrono::hours{24},
                 "Exit with 6 when a database has not answered for so long; 0s: never", true);
    app.add_flag("--pooled", how.pooled,
                 "The connections are those of a PgBouncer that pools transactions: docs/operating.md");
    app.add_option("--lost-commits", given.lost_commits,
                   "When the outbox's database went back in time and lacks commits whose jobs were moved, or the\n"
                   "queue did and lacks jobs that the outbox does not have any more: stop, until somebody says\n"
                   "so by txq outboxes resume, or go-on. See docs/relay.md")
        ->check(CLI::IsMember({"stop", "go-on"}));
    auto* const schedules =
        app.add_option("--schedules", given.schedules,
                       "Also start the runs of schedules, which a worker does too: of those in this file\n"
                       "and of all others in the queue's database. See docs/schedules.md")
            ->type_name("FILE");
    app.add_flag("--once", how.once, "Move what is there, then exit")->excludes(schedules);
    app.add_option("--log-format", given.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_option("--log-level", given.log_level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
}

options options_of(texts const& given, settings how) {
    how.queue = connection_info::from_environment(given.queue, "--queue");
    auto const source = given.source.empty() ? environment("TXQ_SOURCE_URL") : given.source;
    how.source = source.empty() ? how.queue : connection_info::parse(source);
    how.lost_commits = given.lost_commits == "go-on" ? when_lost::go_on : when_lost::stop;
    return {.settings = std::move(how),
            .log_level = log::levels_by_name.at(given.log_level),
            .json_log = given.log_format == "json",
            .schedules = given.schedules};
}

} // namespace

parsed parse(std::vector<std::string> arguments) {
    texts given;
    settings how{.give_up_after = std::chrono::minutes{5}};
    CLI::App app{description, "txq-relay"};
    app.set_version_flag("--version", "txq-relay " TXQ_VERSION);
    app.footer(footer);
    app.option_defaults()->always_capture_default();
    add_options(app, given, how);
    std::ranges::reverse(arguments); // which is how CLI11 wants them
    try {
        app.parse(std::move(arguments));
        return {.options = options_of(given, std::move(how))};
    } catch (CLI::ParseError const& wrong) {
        std::ostringstream out;
        std::ostringstream err;
        if (app.exit(wrong, out, err) == 0) return {.out = out.str(), .err = err.str(), .exit_code = exit_code::ok};
        return {.err = usage::explain(app, wrong), .exit_code = exit_code::usage};
    } catch (error const& wrong) {
        return {.err = std::string{"txq-relay: "} + wrong.what() + '\n', .exit_code = exit_code::of(wrong)};
    }
}

} // namespace txq::relay
