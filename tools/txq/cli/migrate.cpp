#include <ostream>

#include <nlohmann/json.hpp>

#include <txq/cli/commands.hpp>
#include <txq/cli/migrator.hpp>
#include <txq/cli/table.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/duration.hpp>
#include <txq/embedded_migrations.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] = R"(  txq migrate                           bring both sides up to date
  txq migrate --side outbox --database postgresql://app@orders-db/shop
  txq migrate --status                  exit status 3 if something is missing
  txq migrate --sql | psql -v ON_ERROR_STOP=1   the same with psql
  txq migrate --sql --missing           only what this database lacks
)";

struct arguments {
    std::string side;
    bool status = false;
    bool script = false;
    bool only_missing = false;
    std::string lock_timeout = "2s";
    std::string wait = "1min";

    std::vector<txq::side> sides() const {
        if (side.empty()) return {side::outbox, side::queue};
        return {side == "outbox" ? side::outbox : side::queue};
    }
};

char const* word_for(migration_state const& one) {
    if (one.changed()) return "changed";
    if (one.unknown()) return "unknown";
    return one.missing() ? "missing" : "applied";
}

std::vector<migration_state> all_states(std::vector<side> const& sides, std::vector<applied_migration> const& applied) {
    std::vector<migration_state> all;
    for (auto const which : sides) {
        auto const some = compare_migrations(which, embedded_migrations, applied);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

void show_table(std::ostream& out, std::vector<migration_state> const& states) {
    table shown{{"SIDE"}, {"NUMBER", table::right}, {"NAME"}, {"STATE"}, {"APPLIED AT"}};
    for (auto const& one : states) {
        shown.add({name(one.known ? one.known->side : one.applied->side),
                   std::to_string(one.known ? one.known->number : one.applied->number),
                   one.known ? std::string{one.known->name} : one.applied->name, word_for(one),
                   one.applied ? people_time(one.applied->applied_at) : ""});
    }
    out << shown;
}

void show_json(std::ostream& out, std::vector<migration_state> const& states) {
    auto shown = nlohmann::json::array();
    for (auto const& one : states) {
        shown.push_back({{"side", name(one.known ? one.known->side : one.applied->side)},
                         {"number", one.known ? one.known->number : one.applied->number},
                         {"name", one.known ? std::string{one.known->name} : one.applied->name},
                         {"state", word_for(one)},
                         {"applied_at", one.applied ? nlohmann::json(iso_time(one.applied->applied_at)) : nullptr}});
    }
    out << nlohmann::json{{"migrations", shown}}.dump(2) << '\n';
}

int show_status(command_line const& line, arguments const& given) {
    auto database = line.connect();
    auto const applied = read_applied(database);
    auto const states = all_states(given.sides(), applied);
    if (line.common().json)
        show_json(line.io().out, states);
    else
        show_table(line.io().out, states);
    bool missing = false;
    for (auto const which : given.sides()) missing |= !missing_migrations(which, embedded_migrations, applied).empty();
    return missing ? exit_code::schema : exit_code::ok;
}

int show_script(command_line const& line, arguments const& given) {
    std::vector<applied_migration> applied;
    if (given.only_missing) {
        auto database = line.connect();
        applied = read_applied(database);
    }
    for (auto const which : given.sides())
        line.io().out << migration_script(missing_migrations(which, embedded_migrations, applied),
                                          parse_duration(given.lock_timeout));
    return exit_code::ok;
}

int apply_to(session& database, migrator_options const& how) {
    try {
        return apply_missing(database, how);
    } catch (error const& wrong) {
        throw error{wrong.code(), pq::describe(database.connection()) + ": " + wrong.what()};
    }
}

int apply(command_line const& line, arguments const& given) {
    auto const json = line.common().json;
    auto names = nlohmann::json::array();
    std::string waiting;
    migrator_options how{.sides = given.sides(),
                         .lock_timeout = parse_duration(given.lock_timeout),
                         .patience = parse_duration(given.wait)};
    how.on_applied = [&](migration const& one) {
        if (json)
            names.push_back({{"side", name(one.side)}, {"number", one.number}, {"name", one.name}});
        else
            line.io().out << "applied " << name(one.side) << ' ' << one.number << ' ' << one.name << std::endl;
    };
    how.on_waiting = [&](std::string const& why) {
        if (why != waiting) line.io().err << "txq: waiting: " << why << std::endl;
        waiting = why;
    };
    auto database = line.connect(std::chrono::milliseconds::zero());
    auto const applied = apply_to(database, how);
    if (json)
        line.io().out << nlohmann::json{{"applied", names}}.dump(2) << '\n';
    else if (applied == 0)
        line.io().out << "nothing to do: the schema is up to date\n";
    return exit_code::ok;
}

} // namespace

void add_migrate(command_line& line) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(nullptr, "migrate", "Bring the database's schema up to date", examples);
    command->add_option("--side", given->side, "Only this side: outbox (databases that enqueue) or queue")
        ->check(CLI::IsMember({"outbox", "queue"}));
    auto* const status = command->add_flag("--status", given->status, "Only show what is applied and what is missing");
    auto* const script =
        command->add_flag("--sql", given->script, "Only print the migrations, as a script for other tools");
    command->add_flag("--missing", given->only_missing, "With --sql: only what the database lacks")->needs(script);
    command
        ->add_option("--lock-timeout", given->lock_timeout,
                     "Give up a migration that waits longer for a lock, and try again")
        ->type_name("DURATION")
        ->capture_default_str();
    command->add_option("--wait", given->wait, "How long to go on trying")
        ->type_name("DURATION")
        ->capture_default_str();
    status->excludes(script);
    line.on(command, [&line, given] {
        if (given->status) return show_status(line, *given);
        if (given->script) return show_script(line, *given);
        return apply(line, *given);
    });
}

} // namespace txq::cli
