#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/table.hpp>
#include <txq/detail/schema.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = "  txq limits list\n";
constexpr char set_examples[] =
    R"(  txq limits set queue mail --max-running 10    at once, in all workers together
  txq limits set kind render --max-running 2
  txq limits set queue mail --max-running 0     none begins any more
)";
constexpr char remove_examples[] = "  txq limits remove queue mail\n";

struct chosen {
    std::string scope;
    std::string name;
    int max_running = 0;
};

void check_limits(session& database) {
    check_schema(database, side::queue);
    if (!truth(database.run(sql::has_limits)[0], "known"))
        throw error{errc::schema_too_old,
                    pq::describe(database.connection()) + " has no limits yet; run: txq migrate --side queue"};
}

int list(command_line const& line) {
    auto database = line.connect();
    check_limits(database);
    auto listed = nlohmann::json::array();
    table shown{{"SCOPE"},
                {"NAME"},
                {"MAX RUNNING", table::right},
                {"SLOTS HELD", table::right},
                {"WORKERS", table::right},
                {"SHORT OF SLOTS", table::right}};
    for (auto const& row : database.run(sql::list_limits)) {
        shown.add({text(row, "scope"), text(row, "name"), people_number(number(row, "max_running")),
                   people_number(number(row, "slots")), people_number(number(row, "workers")),
                   people_number(number(row, "wanting"))});
        listed.push_back({{"scope", text(row, "scope")},
                          {"name", text(row, "name")},
                          {"max_running", number(row, "max_running")},
                          {"slots_held", number(row, "slots")},
                          {"workers", number(row, "workers")},
                          {"short_of_slots", number(row, "wanting")}});
    }
    if (line.common().json)
        write_json(line.io().out, {{"limits", listed}});
    else if (shown.empty())
        line.io().out << "there are no limits\n";
    else
        line.io().out << shown;
    return exit_code::ok;
}

std::string told(std::string const& change, chosen const& what) {
    auto const limit = what.scope + ' ' + what.name + ": " + std::to_string(what.max_running) + " at once";
    if (change == "unchanged") return limit + ", as before";
    return limit + ", within two seconds";
}

int set(command_line const& line, chosen const& what) {
    auto database = line.connect();
    check_limits(database);
    auto const change =
        text(database.run(sql::set_limit, pq::params{what.scope, what.name, what.max_running})[0], "outcome");
    if (line.common().json)
        write_json(line.io().out,
                   {{"scope", what.scope}, {"name", what.name}, {"max_running", what.max_running}, {"change", change}});
    else
        line.io().out << one_line(told(change, what)) << '\n';
    return exit_code::ok;
}

int remove(command_line const& line, chosen const& what) {
    auto database = line.connect();
    check_limits(database);
    if (!truth(database.run(sql::remove_limit, pq::params{what.scope, what.name})[0], "found"))
        throw error{errc::not_found, "there is no limit of the " + what.scope + ' ' + what.name};
    if (line.common().json)
        write_json(line.io().out, {{"scope", what.scope}, {"name", what.name}, {"change", "removed"}});
    else
        line.io().out << one_line("the limit of the " + what.scope + ' ' + what.name + " is removed") << '\n';
    return exit_code::ok;
}

std::string check_name(std::string& name) {
    return name.empty() || name.size() > 128 ? "a name has 1 to 128 bytes" : "";
}

CLI::App* add_one(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                  std::shared_ptr<chosen> const& what) {
    auto* const command = line.add(group, name, description, examples);
    command->add_option("SCOPE", what->scope, "queue or kind")
        ->check(CLI::IsMember({"queue", "kind"}))
        ->type_name("")
        ->required();
    command->add_option("NAME", what->name, "The queue's or the kind's name")
        ->check(CLI::Validator{check_name, ""})
        ->type_name("")
        ->required();
    return command;
}

} // namespace

void add_limits(command_line& line) {
    auto* const group = line.add_group("limits", "Keep limits: how many jobs run at the same time");
    line.on(line.add(group, "list", "List the limits and what workers hold of them", list_examples),
            [&line] { return list(line); });
    auto const what = std::make_shared<chosen>();
    auto* const to_set =
        add_one(line, group, "set", "Make or change the limit of a queue or a kind", set_examples, what);
    to_set->add_option("--max-running", what->max_running, "How many at once, in all workers together; 0: none")
        ->check(CLI::Range(0, 1'000'000))
        ->type_name("N")
        ->required();
    line.on(to_set, [&line, what] { return set(line, *what); });
    line.on(add_one(line, group, "remove", "Remove the limit of a queue or a kind", remove_examples, what),
            [&line, what] { return remove(line, *what); });
}

} // namespace txq::cli
