#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/pausing.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

constexpr char set_examples[] =
    R"(  txq tenants set big_shop --weight 3     three jobs at each of its turns in fair queues
  txq tenants set big_shop --weight 1     as every other
)";

struct settings {
    std::string tenant;
    int weight = 1;
};

constexpr int most_listed = 10'000;

int list(command_line const& line) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto document = nlohmann::json::array();
    table shown{{"TENANT"}, {"WEIGHT", table::right}, {"PAUSED SINCE"}};
    for (auto const& row : database.run(sql::list_tenants, pq::params{most_listed})) {
        auto const paused_at = text(row, "paused_at");
        document.push_back({{"tenant", text(row, "name")},
                            {"weight", number(row, "weight")},
                            {"paused_at", json_time(row, "paused_at")}});
        shown.add({text(row, "name"), people_number(number(row, "weight")),
                   paused_at.empty() ? paused_at : people_time(paused_at)});
    }
    if (line.common().json)
        write_json(line.io().out, {{"tenants", document}});
    else
        line.io().out << shown;
    return exit_code::ok;
}

int set(command_line const& line, settings const& to) {
    auto database = line.connect();
    check_schema(database, side::queue);
    database.run(sql::set_tenant, pq::params{to.tenant, to.weight});
    if (line.common().json)
        write_json(line.io().out, {{"tenant", to.tenant}, {"weight", to.weight}});
    else
        line.io().out << one_line(to.tenant + " has the weight " + std::to_string(to.weight) +
                                  "; jobs that wait already keep their places")
                      << '\n';
    return exit_code::ok;
}

void add_set(command_line& line, CLI::App* group) {
    auto const to = std::make_shared<settings>();
    auto* const command = line.add(group, "set", "Set what a tenant is like", set_examples);
    command->add_option("TENANT", to->tenant, "The tenant's name")->check(name_of("tenant"))->type_name("")->required();
    command->add_option("--weight", to->weight, "How many jobs it has at each of its turns in fair queues")
        ->check(CLI::Range(1, 1000))
        ->type_name("NUMBER")
        ->required();
    line.on(command, [&line, to] { return set(line, *to); });
}

} // namespace

void add_tenants(command_line& line) {
    auto* const group = line.add_group("tenants", "List, pause, resume and set up tenants");
    line.on(line.add(group, "list", "List the tenants that are paused or have a weight", "  txq tenants list\n"),
            [&line] { return list(line); });
    add_pausing(line, group, "tenant");
    add_set(line, group);
}

} // namespace txq::cli
