#include "options.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include <txq/detail/exit_code.hpp>
#include <txq/detail/log_levels.hpp>
#include <txq/detail/usage.hpp>

namespace txq::program {

namespace {

constexpr char description[] = "Runs the jobs of txq, a transactional job queue on PostgreSQL.";

constexpr char footer[] = R"(
Examples:
  txq-worker --config worker.toml --check
  TXQ_DATABASE_URL=postgresql://shop@db/shop txq-worker --config /etc/txq/worker.toml
  txq-worker --config worker.toml --relay                     one program for a small installation
  txq-worker --config worker.toml --database "host=/run/postgresql dbname=shop" --log-level debug

A file that runs jobs of the kind hello in the queue default:
  [kind.hello]
  exec = ["sh", "-c", "cat >>hello.txt"]

Signals: after SIGTERM or SIGINT nothing new is begun, and jobs that run have the file's `grace` to end; a second one
stops them and gives them back at once, and a third one ends the process on the spot.

Exit status:
  0  stopped, and every job that was begun is recorded or given back
  1  failed, or told to stop a second time, or left without a handler that did not stop
  2  wrong usage: an option or the file cannot be meant
  3  the database's schema is missing, or too old or too new for this program
  4  no database was named
  6  gave up a database that did not answer (the file's `give_up_after`): to be started again
)";

void add_options(CLI::App& app, options& into) {
    app.set_version_flag("--version", "txq-worker " TXQ_VERSION);
    app.footer(footer);
    app.add_option("--config", into.config, "What to run, and how: see docs/worker-program.md")
        ->type_name("FILE")
        ->required();
    app.add_option("--database", into.database,
                   "The database, as a URL or key=value pairs, whatever the file says.\n"
                   "Without either: TXQ_DATABASE_URL, or the PG* variables")
        ->type_name("URL");
    app.add_flag("--relay", into.relay,
                 "Also move jobs from the outbox of that database, which is what txq-relay does");
    app.add_flag("--pooled", into.pooled,
                 "The connections are those of a PgBouncer that pools transactions: docs/operating.md");
    app.add_flag("--check", into.check, "Say whether the file is fine, and exit");
    app.add_option_function<std::string>(
           "--log-format", [&into](std::string const& format) { into.json_log = format == "json"; },
           "text or json, on standard error")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}).description(""));
    app.add_option_function<std::string>(
           "--log-level", [&into](std::string const& level) { into.log_level = log::levels_by_name.at(level); },
           "debug, info, warning or error")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}).description(""));
    app.add_option("--supervisor", into.supervisor)->group("");
    app.add_option("--only", into.only)->group("");
}

} // namespace

options parse_options(std::vector<std::string> arguments) {
    options result;
    CLI::App app{description, "txq-worker"};
    add_options(app, result);
    std::ranges::reverse(arguments); // which is how CLI11 wants them
    try {
        app.parse(std::move(arguments));
    } catch (CLI::ParseError const& wrong) {
        if (wrong.get_exit_code() == 0) {
            app.exit(wrong);
            result.exit_status = exit_code::ok;
        } else {
            std::cerr << usage::explain(app, wrong);
            result.exit_status = exit_code::usage;
        }
    }
    return result;
}

} // namespace txq::program
