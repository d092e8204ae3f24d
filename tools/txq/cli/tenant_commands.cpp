#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>
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

std::string check_tenant(std::string& tenant) {
    return tenant.empty() || tenant.size() > 128 ? "the name of a tenant has 1 to 128 bytes" : "";
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

} // namespace

void add_tenants(command_line& line) {
    auto* const group = line.add_group("tenants", "Set up tenants");
    auto const to = std::make_shared<settings>();
    auto* const command = line.add(group, "set", "Set what a tenant is like", set_examples);
    command->add_option("TENANT", to->tenant, "The tenant's name")
        ->check(CLI::Validator{check_tenant, ""})
        ->type_name("")
        ->required();
    command->add_option("--weight", to->weight, "How many jobs it has at each of its turns in fair queues")
        ->check(CLI::Range(1, 1000))
        ->type_name("NUMBER")
        ->required();
    line.on(command, [&line, to] { return set(line, *to); });
}

} // namespace txq::cli
