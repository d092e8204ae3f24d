#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <txq/detail/migration.hpp>
#include <txq/detail/statement.hpp>

namespace txq::cli {

/// The rights of a role in a database with one side of the schema. Points into what is embedded.
struct role_rights {
    txq::side side;
    std::string_view role; ///< producer, relay, worker, operator or reader
    statement const* grants;
};

/// All that there are: the outbox's side first, and on each side in this order of roles.
std::vector<role_rights> const& all_role_rights();

/// What is wrong with the name of a role; empty if nothing is.
std::string role_name_problem(std::string const& name);

/// SQL that makes a role if there is none of that name, and that grants it its rights. Harmless if run again.
std::string create_role_script(std::string const& name);
std::string grant_script(role_rights const& rights, std::string const& name);

} // namespace txq::cli
