#include <memory>
#include <optional>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/limits_list.hpp>
#include <txq/cli/output.hpp>
#include <txq/detail/duration.hpp>
#include <txq/detail/schema.hpp>
#include <txq/detail/schema_missing.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = "  txq limits list\n";
constexpr char set_examples[] =
    R"(  txq limits set queue mail --max-running 10    at once, in all workers together
  txq limits set kind render --max-running 2
  txq limits set queue mail --max-running 0     none begins any more
  txq limits set kind call_api --starts 100 --per 1min
  txq limits set kind call_api --starts 20 --burst 60 --max-running 5
  txq limits set kind call_api --each payload.host --max-running 2    at once for each host
  txq limits set queue imports --each tenant --starts 10000 --per 1min --cost payload.rows
)";
constexpr char remove_examples[] = R"(  txq limits remove queue mail
  txq limits remove kind call_api --each payload.host
)";

struct chosen {
    std::string scope;
    std::string name;
    std::string each;
    std::optional<std::string> cost;
    std::optional<int> max_running;
    std::optional<int> starts;
    std::string period;
    std::optional<int> burst;
};

void check_limits(session& database) {
    check_schema(database, side::queue);
    if (!truth(database.run(sql::has_limits)[0], "known"))
        throw error{errc::schema_too_old,
                    pq::describe(database.connection()) + " has no limits yet; run: txq migrate --side queue"};
}

/// "queue mail", "kind call_api for each payload.host"
std::string subject_of(chosen const& what) {
    return what.scope + ' ' + what.name + (what.each.empty() ? "" : " for each " + what.each);
}

int list(command_line const& line) {
    auto database = line.connect();
    check_limits(database);
    auto const limits = read_limits(database);
    if (line.common().json)
        write_json(line.io().out, {{"limits", json_of_limits(limits)}});
    else if (limits.empty())
        line.io().out << "there are no limits\n";
    else
        show_limits(line.io().out, limits);
    return exit_code::ok;
}

std::optional<std::int64_t> period_of(chosen const& what) {
    if (what.period.empty()) return std::nullopt;
    try {
        auto const period = parse_duration(what.period);
        if (period >= std::chrono::seconds{1} && period <= std::chrono::hours{24}) return period.count();
    } catch (error const& wrong) {
        throw error{errc::bad_configuration, std::string{"--per: "} + wrong.what() + "; it must be a second to a day"};
    }
    throw error{errc::bad_configuration, "--per is " + what.period + "; it must be a second to a day"};
}

void check(chosen const& what) {
    if (!what.max_running && !what.starts)
        throw error{errc::bad_configuration, "nothing is limited: give --max-running or --starts"};
    if (!what.starts && (!what.period.empty() || what.burst))
        throw error{errc::bad_configuration, "--per and --burst are nothing without --starts"};
}

/// What is left for the database to complain about are its function's parameters that have the names of options.
std::string set_in(session& database, chosen const& what) {
    try {
        pq::params const with{what.scope,      what.name,  what.max_running, what.starts,
                              period_of(what), what.burst, what.each,        what.cost};
        return text(database.run(sql::set_limit, with)[0], "outcome");
    } catch (pqxx::sql_error const& failed) {
        if (pq::sqlstate(failed) != "22023") throw;
        throw error{errc::bad_configuration, "--" + pq::complaint(failed, "txq.set_limit: ")};
    }
}

int set(command_line const& line, chosen const& what) {
    check(what);
    auto database = line.connect();
    check_limits(database);
    auto const change = set_in(database, what);
    if (line.common().json)
        write_json(line.io().out,
                   {{"scope", what.scope}, {"name", what.name}, {"each", text_or_null(what.each)}, {"change", change}});
    else
        line.io().out << one_line("the limit of the " + subject_of(what) + " is " +
                                  (change == "unchanged" ? "as before" : change + ", and obeyed within two seconds"))
                      << '\n';
    return exit_code::ok;
}

int remove(command_line const& line, chosen const& what) {
    auto database = line.connect();
    check_limits(database);
    if (!truth(database.run(sql::remove_limit, pq::params{what.scope, what.name, what.each})[0], "found"))
        throw error{errc::not_found, "there is no limit of the " + subject_of(what)};
    if (line.common().json)
        write_json(
            line.io().out,
            {{"scope", what.scope}, {"name", what.name}, {"each", text_or_null(what.each)}, {"change", "removed"}});
    else
        line.io().out << one_line("the limit of the " + subject_of(what) + " is removed") << '\n';
    return exit_code::ok;
}

CLI::App* add_one(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                  std::shared_ptr<chosen> const& what) {
    auto* const command = line.add(group, name, description, examples);
    command->add_option("SCOPE", what->scope, "queue or kind")
        ->check(CLI::IsMember({"queue", "kind"}))
        ->type_name("")
        ->required();
    command->add_option("NAME", what->name, "The queue's or the kind's name")
        ->check(name_of("queue or a kind"))
        ->type_name("")
        ->required();
    command
        ->add_option("--each", what->each,
                     "One for each tenant, or each value of a payload's field (default: one for all)")
        ->check(not_empty())
        ->type_name("tenant|payload.FIELD");
    return command;
}

} // namespace

void add_limits(command_line& line) {
    auto* const group = line.add_group("limits", "Keep limits: how many jobs run at the same time, or begin");
    line.on(line.add(group, "list", "List the limits and what workers hold of them", list_examples),
            [&line] { return list(line); });
    auto const what = std::make_shared<chosen>();
    auto* const to_set =
        add_one(line, group, "set", "Make or change the limit of a queue or a kind", set_examples, what);
    to_set->add_option("--max-running", what->max_running, "How many at once, in all workers together; 0: none")
        ->check(CLI::Range(0, 1'000'000))
        ->type_name("N");
    to_set->add_option("--starts", what->starts, "How many begin within a period, on average")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N");
    to_set->add_option("--per", what->period, "The period of --starts, a second to a day (default: 1s)")
        ->check(not_empty())
        ->type_name("DURATION");
    to_set->add_option("--burst", what->burst, "How many may begin at once (default: a fifth of a second's)")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N");
    to_set->add_option("--cost", what->cost, "The field that says for how many jobs one counts (default: for one)")
        ->type_name("payload.FIELD");
    line.on(to_set, [&line, what] { return set(line, *what); });
    line.on(add_one(line, group, "remove", "Remove the limit of a queue or a kind", remove_examples, what),
            [&line, what] { return remove(line, *what); });
}

} // namespace txq::cli
