#include <memory>
#include <optional>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/status_report.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/schema.hpp>
#include <txq/detail/schema_missing.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = "  txq queues list\n";
constexpr char pause_examples[] =
    R"(  txq queues pause mail             no more jobs of it are claimed; those that run go on
  txq queues pause mail images
)";
constexpr char resume_examples[] = "  txq queues resume mail\n";
constexpr char set_examples[] =
    R"(  txq queues set mail --fair        the tenants of its jobs take turns
  txq queues set mail --no-fair     in the order in which jobs come
  txq queues set mail --max-depth 100000                       full: enqueues are refused
  txq queues set mail --max-depth 100000 --when-full warn      full: enqueues are warned
  txq queues set mail --max-depth 0                            never full
)";

struct settings {
    std::string queue;
    std::optional<bool> fair;
    std::optional<int> max_depth;
    std::optional<std::string> when_full;
};

int list(command_line const& line) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto const queues = read_queues(database);
    if (line.common().json)
        write_json(line.io().out, {{"queues", json_of(queues)}});
    else
        show_queues(line.io().out, queues);
    return exit_code::ok;
}

std::string pause(session& database, std::string const& queue, nlohmann::json& document) {
    auto const paused = database.run(sql::pause_queue, pq::params{queue})[0];
    document.push_back({{"queue", queue}, {"paused_at", json_time(paused, "paused_at")}});
    if (truth(paused, "already")) return queue + " is paused since " + people_time(text(paused, "paused_at"));
    return queue + " is paused" +
           (number(paused, "workers") == 0 ? " (no living worker serves a queue of that name)" : "");
}

std::string resume(session& database, std::string const& queue, nlohmann::json& document) {
    auto const before = text(database.run(sql::resume, pq::params{"queue", queue})[0], "paused_before");
    document.push_back({{"queue", queue}, {"paused_at", nullptr}});
    if (before.empty()) return queue + " was not paused";
    return queue + " is resumed; it was paused since " + people_time(before);
}

constexpr char no_depth[] = "--when-full is nothing without a maximum depth: give --max-depth as well";

/// All that is left for the database to complain about is a queue without a maximum depth.
void set_in(session& database, settings const& to) {
    try {
        database.run(sql::set_queue, pq::params{to.queue, to.fair, to.max_depth, to.when_full});
    } catch (pqxx::sql_error const& failed) {
        if (pq::sqlstate(failed) != "22023") throw;
        throw error{errc::bad_configuration, no_depth};
    }
}

std::string told(settings const& to) {
    std::string all;
    if (to.fair)
        all += *to.fair ? " is fair: tenants take turns; jobs that wait already keep their places"
                        : " is not fair; jobs that wait already keep their places";
    if (to.max_depth || to.when_full) {
        all += all.empty() ? "" : ", and";
        all += to.max_depth == 0 ? " is never full"
               : to.max_depth    ? " is full at a depth of " + std::to_string(*to.max_depth)
                                 : " is full at the same depth as before";
        if (to.when_full)
            all += *to.when_full == "refuse" ? ": enqueues are refused then" : ": enqueues are warned then";
    }
    return all;
}

int set(command_line const& line, settings const& to) {
    if (!to.fair && !to.max_depth && !to.when_full)
        throw error{errc::bad_configuration,
                    "nothing is to be set: give --fair, --no-fair, --max-depth or --when-full"};
    if (to.when_full && to.max_depth == 0) throw error{errc::bad_configuration, no_depth};
    auto database = line.connect();
    check_schema(database, side::queue);
    set_in(database, to);
    if (line.common().json) {
        nlohmann::json document{{"queue", to.queue}};
        if (to.fair) document["fair"] = *to.fair;
        if (to.max_depth) document["max_depth"] = *to.max_depth;
        if (to.when_full) document["when_full"] = *to.when_full;
        write_json(line.io().out, document);
    } else {
        line.io().out << one_line(to.queue + told(to)) << '\n';
    }
    return exit_code::ok;
}

int change(command_line const& line, std::vector<std::string> const& queues,
           std::string (*how)(session&, std::string const&, nlohmann::json&)) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto document = nlohmann::json::array();
    for (auto const& queue : queues) {
        auto const told = how(database, queue, document);
        if (!line.common().json) line.io().out << one_line(told) << '\n';
    }
    if (line.common().json) write_json(line.io().out, {{"queues", document}});
    return exit_code::ok;
}

void add_change(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                std::string (*how)(session&, std::string const&, nlohmann::json&)) {
    auto const queues = std::make_shared<std::vector<std::string>>();
    auto* const command = line.add(group, name, description, examples);
    command->add_option("QUEUE", *queues, "The queues' names")->check(name_of("queue"))->type_name("")->required();
    line.on(command, [&line, queues, how] { return change(line, *queues, how); });
}

void add_set(command_line& line, CLI::App* group) {
    auto const to = std::make_shared<settings>();
    auto* const command = line.add(group, "set", "Set what a queue is like", set_examples);
    command->add_option("QUEUE", to->queue, "The queue's name")->check(name_of("queue"))->type_name("")->required();
    command->add_flag_function(
        "--fair,!--no-fair", [to](std::int64_t times) { to->fair = times > 0; },
        "Whether the tenants of its jobs take turns");
    command
        ->add_option("--max-depth", to->max_depth, "How many jobs may wait to be run before it is full; 0: any number")
        ->check(CLI::Range(0, 100'000'000))
        ->type_name("N");
    command->add_option("--when-full", to->when_full, "What becomes of enqueues then (default: refuse)")
        ->check(CLI::IsMember({"refuse", "warn"}))
        ->type_name("refuse|warn");
    line.on(command, [&line, to] { return set(line, *to); });
}

} // namespace

void add_queues(command_line& line) {
    auto* const group = line.add_group("queues", "List, pause, resume and set up queues");
    line.on(line.add(group, "list", "List the queues that have jobs or workers, are paused or set up", list_examples),
            [&line] { return list(line); });
    add_change(line, group, "pause", "Let no more jobs of queues be claimed, until they are resumed", pause_examples,
               pause);
    add_change(line, group, "resume", "Let the jobs of queues be claimed again", resume_examples, resume);
    add_set(line, group);
}

} // namespace txq::cli
