#include <memory>

#include <txq/cli/output.hpp>
#include <txq/cli/schedules.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] = R"(  txq schedule list
  txq schedule list nightly_report --json
)";

struct arguments {
    std::vector<std::string> names;
    int limit = 1000;
};

int list(command_line const& line, arguments const& given) {
    auto database = line.connect();
    check_schedules(database);
    pqxx::work tx{database.connection()};
    database.begin(tx);
    auto const all = read_schedules(database, tx, given.names, given.limit);
    if (!given.names.empty() && all.empty())
        throw error{errc::not_found,
                    "there is no schedule of " + std::string{given.names.size() == 1 ? "that name" : "these names"}};
    if (!line.common().json) {
        show_schedules(line.io().out, all);
        return exit_code::ok;
    }
    auto document = nlohmann::json::array();
    for (auto const& one : all) document.push_back(json_of(one));
    write_json(line.io().out, {{"schedules", document}});
    return exit_code::ok;
}

} // namespace

void add_schedule_list(command_line& line, CLI::App* group) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(group, "list", "List schedules with their next and last runs", examples);
    command->add_option("NAME", given->names, "Only these")->type_name("");
    command->add_option("--limit", given->limit, "How many at most")
        ->check(CLI::Range(1, 100'000))
        ->type_name("NUMBER")
        ->capture_default_str();
    line.on(command, [&line, given] { return list(line, *given); });
}

} // namespace txq::cli
