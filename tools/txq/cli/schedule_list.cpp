#include <algorithm>
#include <memory>
#include <ostream>

#include <txq/cli/given_name.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/schedules.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] = R"(  txq schedule list
  txq schedule list nightly_report --json
)";

struct arguments {
    std::vector<std::string> names;
    std::string after;
    int limit = 1000;
};

std::string name_in(listed_schedule const& one) { return text(one.row, "name"); }

std::string limit_option(arguments const& given) {
    return given.limit == arguments{}.limit ? "" : " --limit " + std::to_string(given.limit);
}

std::string words(std::vector<std::string> const& names) {
    std::string all;
    for (auto const& name : names) all += ' ' + shell_quoted(name);
    return all;
}

/// Of the names that were given.
int tell_missing(command_line const& line, arguments const& given, std::vector<listed_schedule> const& all) {
    auto status = exit_code::ok;
    for (auto const& name : given.names) {
        if (name <= given.after) continue; // of a page before
        if (std::ranges::any_of(all, [&](auto const& one) { return name_in(one) == name; })) continue;
        line.io().err << one_line("txq: there is no schedule " + name) << '\n';
        status = exit_code::not_found;
    }
    return status;
}

int list(command_line const& line, arguments const& given) {
    auto database = line.connect();
    check_schedules(database);
    pqxx::work tx{database.connection()};
    database.begin(tx);
    auto all = read_schedules(database, tx, given.names, given.limit + 1, given.after);
    auto const more = all.size() > static_cast<std::size_t>(given.limit);
    if (more) all.pop_back();
    if (line.common().json) {
        auto document = nlohmann::json::array();
        for (auto const& one : all) document.push_back(json_of(one));
        write_json(line.io().out, {{"schedules", document}, {"next", text_or_null(more ? name_in(all.back()) : "")}});
    } else {
        show_schedules(line.io().out, all);
        if (more)
            line.io().out << one_line("more: txq schedule list" + words(given.names) + limit_option(given) +
                                      shell_option("--after", name_in(all.back())) + line.database_option())
                          << '\n';
    }
    return more ? exit_code::ok : tell_missing(line, given, all);
}

} // namespace

void add_schedule_list(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(group, "list", "List schedules with their next and last runs", examples);
    command->add_option("NAME", given->names, "Only these")->type_name("");
    command->add_option("--after", given->after, "The next page: only those whose names come behind this one")
        ->check(not_empty())
        ->type_name("NAME");
    command->add_option("--limit", given->limit, "How many at most")
        ->check(CLI::Range(1, 100'000))
        ->type_name("NUMBER")
        ->capture_default_str();
    line.on(command, [&line, given] { return list(line, *given); });
}

} // namespace txq::cli
