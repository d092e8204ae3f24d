#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/table.hpp>
#include <txq/detail/schema.hpp>
#include <txq/detail/schema_missing.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = "  txq producers list\n";
constexpr char allow_examples[] =
    R"(  txq producers allow shop_user --kind send_receipt --kind 'mail.*'   these kinds, into any queue
  txq producers allow shop_user --kind import --queue slow            this one only into slow
  txq producers allow shop_user --queue 'shop_*'                      every kind, into these queues
)";
constexpr char deny_examples[] =
    "  txq producers deny shop_user --kind import --queue slow   the rule as it is listed\n";
constexpr char remove_examples[] = "  txq producers remove shop_user     it may enqueue everything again\n";

struct chosen {
    std::string producer;
    std::vector<std::string> kinds;
    std::vector<std::string> queues;
};

void check_producers(session& database) {
    check_schema(database, side::outbox);
    if (!truth(database.run(sql::has_producer_rules)[0], "known"))
        throw error{errc::schema_too_old, pq::describe(database.connection()) +
                                              " has no rules about producers yet; run: txq migrate --side outbox"};
}

std::string each_unless_given(std::string const& pattern, char const* what) {
    return pattern.empty() ? std::string{"every "} + what : pattern;
}

int list(command_line const& line) {
    auto database = line.connect();
    check_producers(database);
    auto listed = nlohmann::json::array();
    table shown{{"PRODUCER"}, {"MAY ENQUEUE"}, {"INTO"}};
    for (auto const& row : database.run(sql::list_producer_rules)) {
        shown.add({text(row, "producer"), each_unless_given(text(row, "kind"), "kind"),
                   each_unless_given(text(row, "queue"), "queue")});
        listed.push_back({{"producer", text(row, "producer")},
                          {"kind", json_text(row, "kind")},
                          {"queue", json_text(row, "queue")}});
    }
    if (line.common().json)
        write_json(line.io().out, {{"rules", listed}});
    else if (shown.empty())
        line.io().out << "there are no rules: every producer may enqueue everything\n";
    else
        line.io().out << shown;
    return exit_code::ok;
}

/// Runs a statement for each kind into each queue. Where none is given, every one is meant.
void for_each_rule(chosen const& what, auto const& run) {
    auto const or_each = [](std::vector<std::string> const& names) {
        return names.empty() ? std::vector<std::string>{""} : names;
    };
    for (auto const& kind : or_each(what.kinds))
        for (auto const& queue : or_each(what.queues))
            run(pq::params{what.producer, pq::unless_empty(kind), pq::unless_empty(queue)},
                each_unless_given(kind, "kind") + " into " + each_unless_given(queue, "queue"));
}

/// What the functions complain of that is about what was asked for.
void run_explained(auto const& action) {
    try {
        action();
    } catch (pqxx::sql_error const& failed) {
        auto const state = pq::sqlstate(failed);
        if (state != "42704" && state != "55000") throw;
        throw error{state == "55000" ? errc::wrong_state : errc::not_found, pq::complaint(failed)};
    }
}

/// All rules are changed, or none is.
int change(command_line const& line, chosen const& what, bool allow) {
    auto database = line.connect();
    check_producers(database);
    pqxx::work tx{database.connection()};
    database.begin(tx);
    auto changed = nlohmann::json::array();
    auto const change_one = [&](pq::params const& with, std::string const& rule) {
        auto const row = database.run(tx, allow ? sql::allow_producer : sql::deny_producer, with)[0];
        if (!allow && !truth(row, "found"))
            throw error{errc::not_found, "there is no rule that " + what.producer + " may enqueue " + rule};
        auto const told = !allow ? "no more" : truth(row, "added") ? "from now on" : "as before";
        changed.push_back({{"rule", rule}, {"change", told}});
    };
    run_explained([&] { for_each_rule(what, change_one); });
    tx.commit();
    if (line.common().json)
        write_json(line.io().out, {{"producer", what.producer}, {"rules", changed}});
    else
        for (auto const& one : changed)
            line.io().out << one_line(what.producer + " may enqueue " + one["rule"].get<std::string>() + ": " +
                                      one["change"].get<std::string>())
                          << '\n';
    return exit_code::ok;
}

int remove(command_line const& line, chosen const& what) {
    auto database = line.connect();
    check_producers(database);
    auto const removed = number(database.run(sql::remove_producer_rules, pq::params{what.producer})[0], "removed");
    if (removed == 0) throw error{errc::not_found, "there are no rules about " + what.producer};
    if (line.common().json)
        write_json(line.io().out, {{"producer", what.producer}, {"removed", removed}});
    else
        line.io().out << one_line(what.producer + " may enqueue everything: " + people_number(removed) +
                                  (removed == 1 ? " rule is removed" : " rules are removed"))
                      << '\n';
    return exit_code::ok;
}

CLI::App* add_one(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                  std::shared_ptr<chosen> const& what) {
    auto* const command = line.add(group, name, description, examples);
    command->add_option("ROLE", what->producer, "The producer's role")->type_name("")->required();
    return command;
}

void add_rules(CLI::App* command, std::shared_ptr<chosen> const& what) {
    for (auto const& [option, names, meant] : {std::tuple{"--kind", &what->kinds, "Jobs of this kind"},
                                               std::tuple{"--queue", &what->queues, "Jobs into this queue"}})
        command->add_option(option, *names, std::string{meant} + "; with * at the end, of all that begin so")
            ->check(name_of("queue or a kind"))
            ->type_name("NAME")
            ->allow_extra_args(false);
}

} // namespace

void add_producers(command_line& line) {
    auto* const group = line.add_group("producers", "Say what producers may enqueue");
    line.on(line.add(group, "list", "List what they may, of which that is said", list_examples),
            [&line] { return list(line); });
    auto const what = std::make_shared<chosen>();
    for (auto const allow : {true, false}) {
        auto* const command =
            allow ? add_one(line, group, "allow", "Let a producer enqueue this, and nothing it is not allowed",
                            allow_examples, what)
                  : add_one(line, group, "deny", "Take a rule back that is not the last one", deny_examples, what);
        add_rules(command, what);
        line.on(command, [&line, what, allow] { return change(line, *what, allow); });
    }
    line.on(add_one(line, group, "remove", "Take all rules back: it may enqueue everything", remove_examples, what),
            [&line, what] { return remove(line, *what); });
}

} // namespace txq::cli
