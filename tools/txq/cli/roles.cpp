#include <algorithm>
#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/role_scripts.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] = R"(  txq roles | psql -v ON_ERROR_STOP=1     where outbox and queue are in one database
  txq roles --side outbox                 for a database that only enqueues
  txq roles --prefix shop_                shop_producer, shop_relay, ...
  txq roles --only producer --name shop_user   for a role that the application has already
)";

constexpr char introduction[] =
    R"(-- Roles of txq, with the rights that each needs and no others. Run it as the owner of the schema txq, who must be allowed
-- to create roles, or create them before. Nothing here takes a right away, and it can be run again: do so after migrations.
-- The roles have no passwords: give each one (\password in psql) or another way to log in.
)";

struct arguments {
    std::string side;
    std::vector<std::string> only;
    std::string prefix = "txq_";
    std::string name;
};

bool is_asked_for(role_rights const& rights, arguments const& given) {
    auto const of_side = given.side.empty() || given.side == name(rights.side);
    return of_side && (given.only.empty() || std::ranges::find(given.only, rights.role) != given.only.end());
}

std::string name_of(role_rights const& rights, arguments const& given) {
    return given.name.empty() ? given.prefix + std::string{rights.role} : given.name;
}

void check(arguments const& given) {
    if (!given.name.empty() && given.only.size() != 1)
        throw CLI::ValidationError{"--name", "is the name of one role: say which with --only"};
    for (auto const& rights : all_role_rights())
        if (auto const problem = role_name_problem(name_of(rights, given)); !problem.empty())
            throw CLI::ValidationError{given.name.empty() ? "--prefix" : "--name", problem};
}

int print(command_line const& line, arguments const& given) {
    std::string script;
    std::vector<std::string> created;
    auto document = nlohmann::json::array();
    for (auto const& rights : all_role_rights()) {
        if (!is_asked_for(rights, given)) continue;
        auto const name = name_of(rights, given);
        std::string sql;
        if (std::ranges::find(created, name) == created.end()) {
            sql = create_role_script(name);
            created.push_back(name);
        }
        sql += grant_script(rights, name);
        script += '\n' + sql;
        document.push_back(
            {{"side", txq::name(rights.side)}, {"role", std::string{rights.role}}, {"name", name}, {"sql", sql}});
    }
    if (document.empty()) throw CLI::ValidationError{"--only", "a " + given.only[0] + " needs no rights on that side"};
    if (line.common().json)
        write_json(line.io().out, {{"roles", document}});
    else
        line.io().out << introduction << "begin;\n" << script << "\ncommit;\n";
    return exit_code::ok;
}

} // namespace

void add_roles(command_line& line) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(nullptr, "roles", "Print SQL that creates roles with the least rights", examples);
    command->add_option("--side", given->side, "Only for a database with this side of the schema: outbox or queue")
        ->check(CLI::IsMember({"outbox", "queue"}));
    command->add_option("--only", given->only, "Only this role: producer, relay, worker, operator or reader")
        ->check(CLI::IsMember({"producer", "relay", "worker", "operator", "reader"}))
        ->allow_extra_args(false);
    command->add_option("--prefix", given->prefix, "What the roles' names begin with")->capture_default_str();
    command->add_option("--name", given->name, "The name of the one role of --only");
    line.on(command, [&line, given] {
        check(*given);
        return print(line, *given);
    });
}

} // namespace txq::cli
