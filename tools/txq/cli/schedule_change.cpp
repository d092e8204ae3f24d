#include <memory>
#include <ostream>

#include <txq/cli/output.hpp>
#include <txq/cli/schedules.hpp>
#include <txq/error.hpp>
#include <txq/schedules.hpp>

namespace txq::cli {

namespace {

constexpr char pause_examples[] = "  txq schedule pause nightly_report       nothing is started until it is resumed\n";
constexpr char resume_examples[] = "  txq schedule resume nightly_report      from now on; nothing is made up for\n";
constexpr char remove_examples[] = "  txq schedule remove sync_store_42       jobs that it has started are run\n";
constexpr char run_examples[] = "  txq schedule run nightly_report         now, beside its own times\n";

using names = std::vector<std::string>;

/// What came of it, for people, and what a program may want to know besides its being done.
struct change_told {
    std::string text;
    nlohmann::json more = nlohmann::json::object();
};

/// What is done to one schedule in a transaction of its own.
using action = change_told (*)(session&, pqxx::transaction_base&, std::string const&);

[[noreturn]] void miss(std::string const& name) { throw error{errc::not_found, "there is no schedule " + name}; }

change_told pause(session&, pqxx::transaction_base& tx, std::string const& name) {
    if (!pause_schedule(tx, name)) miss(name);
    return {name + " is paused"};
}

change_told resume(session& database, pqxx::transaction_base& tx, std::string const& name) {
    if (!resume_schedule(tx, name)) miss(name);
    auto const next = people_next(read_schedules(database, tx, {name}, 1).at(0));
    return {name + " is resumed" + (next.empty() ? "" : "; next: " + next)};
}

change_told remove(session& database, pqxx::transaction_base& tx, std::string const& name) {
    auto const before = read_schedules(database, tx, {name}, 1);
    if (!remove_schedule(tx, name)) miss(name);
    auto const set = before.empty() ? "" : text(before[0].row, "file_set");
    return {name + " is removed" +
            (set.empty() ? "" : "; a program whose file has it, in the set " + set + ", puts it back when it starts")};
}

change_told run(session&, pqxx::transaction_base& tx, std::string const& name) {
    auto const job = run_schedule(tx, name).str();
    return {name + " is run by job " + job, {{"job", job}}};
}

change_told change_one(session& database, std::string const& name, action how) {
    pqxx::work tx{database.connection()};
    database.begin(tx);
    auto told = how(database, tx, name);
    tx.commit();
    return told;
}

/// Each that can be is changed, and those that cannot are named.
int change(command_line const& line, names const& all, action how) {
    auto database = line.connect();
    check_schedules(database);
    auto status = exit_code::ok;
    auto document = nlohmann::json::array();
    for (auto const& name : all) {
        nlohmann::json one{{"schedule", name}, {"done", true}, {"problem", nullptr}};
        try {
            auto const told = change_one(database, name, how);
            one.update(told.more);
            if (!line.common().json) line.io().out << one_line(told.text) << '\n';
        } catch (error const& refused) {
            if (exit_code::of(refused) != exit_code::not_found) throw;
            status = exit_code::not_found;
            one.update({{"done", false}, {"problem", refused.what()}});
            line.io().err << "txq: " << one_line(refused.what()) << '\n';
        }
        document.push_back(std::move(one));
    }
    if (line.common().json) write_json(line.io().out, {{"schedules", document}});
    return status;
}

void add_change(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                action how) {
    auto const all = std::make_shared<names>();
    auto* const command = line.add(group, name, description, examples);
    command->add_option("NAME", *all, "The schedules' names")->type_name("")->required();
    line.on(command, [&line, all, how] { return change(line, *all, how); });
}

} // namespace

void add_schedule_changes(command_line& line, CLI::App* group) {
    add_change(line, group, "pause", "Let schedules start nothing", pause_examples, pause);
    add_change(line, group, "resume", "Let schedules start runs again, from now on", resume_examples, resume);
    add_change(line, group, "run", "Add a job of a schedule now, also if it is paused", run_examples, run);
    add_change(line, group, "remove", "Remove schedules; jobs that they have started are run all the same",
               remove_examples, remove);
}

} // namespace txq::cli
