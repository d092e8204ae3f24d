#include <istream>
#include <iterator>
#include <memory>
#include <ostream>

#include <txq/cli/given_name.hpp>
#include <txq/cli/headers.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/schedules.hpp>
#include <txq/detail/duration.hpp>
#include <txq/error.hpp>
#include <txq/schedules.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] =
    R"(  txq schedule add nightly_report "every day at 04:02 in Europe/Berlin" report '{"region": "eu"}' --queue reports
  txq schedule add sync_store_42 "every 5 minutes" sync_inventory '{"store": 42}' --tenant 'store 42' --no-overlap
  txq schedule add tidy_carts "@hourly" --sql "delete from carts where touched_at < now() - interval '1 day'"
)";

struct arguments {
    std::string name;
    std::string times;
    std::string kind;
    std::string payload = "{}";
    std::string sql;
    std::string jitter;
    std::string missed = "once";
    std::vector<std::string> headers;
    bool no_overlap = false;
    schedule_options options;
};

std::string payload_of(command_line const& line, arguments const& given) {
    if (given.payload != "-") return given.payload;
    return std::string{std::istreambuf_iterator<char>{line.io().in}, {}};
}

void complete_options(arguments& given) {
    auto& options = given.options;
    options.overlap = !given.no_overlap;
    options.missed = given.missed == "skip"  ? missed_times::skip
                     : given.missed == "all" ? missed_times::all
                                             : missed_times::once;
    options.headers = headers_of(given.headers);
    if (given.jitter.empty()) return;
    try {
        options.jitter = parse_duration(given.jitter);
    } catch (error const& wrong) { throw error{errc::bad_schedule, std::string{"--jitter: "} + wrong.what()}; }
}

schedule_change add(pqxx::transaction_base& tx, arguments const& given, std::string const& payload) {
    if (given.sql.empty()) return add_schedule(tx, given.name, given.times, given.kind, payload, given.options);
    return add_sql_schedule(tx, given.name, given.times, given.sql, given.options);
}

char const* word_of(schedule_change change) {
    return change == schedule_change::added ? "added" : change == schedule_change::changed ? "changed" : "unchanged";
}

void tell(std::ostream& out, arguments const& given, schedule_change change, listed_schedule const& now) {
    auto const outcome =
        change == schedule_change::unchanged ? std::string{"is what it was"} : std::string{"is "} + word_of(change);
    auto const when = !now.row["paused_at"].is_null() ? "; it is paused, to go on: txq schedule resume " + given.name
                      : now.next                      ? "; next: " + people_next(now)
                                                      : "";
    out << one_line(given.name + ' ' + outcome + when) << '\n';
}

int add(command_line const& line, arguments given) {
    if (given.sql.empty() == given.kind.empty())
        throw error{errc::bad_configuration, "a schedule has either a KIND or --sql"};
    complete_options(given);
    auto const payload = payload_of(line, given);
    auto database = line.connect();
    check_schedules(database);
    pqxx::work tx{database.connection()};
    database.begin(tx);
    auto const change = add(tx, given, payload);
    auto const now = read_schedules(database, tx, {given.name}, 1).at(0);
    tx.commit();
    auto document = json_of(now);
    document["outcome"] = word_of(change);
    if (line.common().json)
        write_json(line.io().out, document);
    else
        tell(line.io().out, given, change, now);
    return exit_code::ok;
}

void add_options_of_jobs(CLI::App& command, arguments& given) {
    auto& options = given.options;
    command.add_option("--queue", options.queue, "Which workers may take its jobs")
        ->type_name("QUEUE")
        ->capture_default_str();
    command.add_option("--priority", options.priority, "Of its jobs: 0, the most urgent, to 3")
        ->type_name("NUMBER")
        ->capture_default_str();
    command.add_option("--max-attempts", options.max_attempts, "Attempts before a job is dead")
        ->type_name("NUMBER")
        ->capture_default_str();
    command.add_option("--tenant", options.tenant, "Whose its jobs are")->check(name_of("tenant"))->type_name("TENANT");
    command.add_option("--header", given.headers, "A header for the handler; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
}

void add_options_of_times(CLI::App& command, arguments& given) {
    command.add_option("--zone", given.options.zone, "The time zone of times that name none")
        ->type_name("ZONE")
        ->capture_default_str();
    command
        .add_option("--missed", given.missed,
                    "Of times at which no worker was there: make up for the last one, for\n"
                    "all of them, or for none")
        ->check(CLI::IsMember({"skip", "once", "all"}))
        ->type_name("POLICY")
        ->capture_default_str();
    command.add_option("--missed-limit", given.options.missed_limit, "How many `all` makes up for, the last ones")
        ->type_name("NUMBER")
        ->capture_default_str();
    command.add_flag("--no-overlap", given.no_overlap,
                     "Leave out a time at which the job of an earlier one is not over");
    command.add_option("--jitter", given.jitter, "Put a job off by some part of this: 30s, 5min; a day at most")
        ->check(not_empty())
        ->type_name("DURATION");
}

} // namespace

void add_schedule_add(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<arguments>();
    auto* const command =
        line.add(group, "add", "Make a schedule, or change the one of that name: what to run, and when", examples);
    command->add_option("NAME", given->name, "Its name")->type_name("")->required();
    command->add_option("TIMES", given->times, "Such as `every day at 04:02`, or cron's fields; docs/schedules.md")
        ->type_name("")
        ->required();
    command->add_option("KIND", given->kind, "What its jobs are")->type_name("");
    command->add_option("PAYLOAD", given->payload, "Their arguments as JSON; - reads them from standard input")
        ->type_name("")
        ->capture_default_str();
    command
        ->add_option("--sql", given->sql,
                     "Run a statement of SQL instead, in workers whose file has the kind\n"
                     "txq.sql and with their rights")
        ->type_name("STATEMENT");
    add_options_of_times(*command, *given);
    add_options_of_jobs(*command, *given);
    line.on(command, [&line, given] { return add(line, *given); });
}

} // namespace txq::cli
