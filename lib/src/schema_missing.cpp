#include <txq/detail/schema_missing.hpp>

#include <string_view>

#include <txq/error.hpp>

namespace txq::pq {

namespace {

/// As a name in SQL that means it, whatever is in it.
std::string quoted_name(std::string_view name) {
    std::string quoted{'"'};
    for (char const c : name) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

} // namespace

std::string complaint(std::exception const& failed, std::string_view prefix) {
    std::string const message = failed.what();
    auto line = message.substr(0, message.find('\n'));
    for (auto const before : {std::string_view{"ERROR:  "}, prefix})
        if (line.starts_with(before)) line.erase(0, before.size());
    return line;
}

void explain_missing_schema(connection_of_transaction& connection, pqxx::sql_error const& failed,
                            std::string_view missing) {
    auto const state = sqlstate(failed);
    if (state != "42P01" && state != "42883" && state != "3F000") return; // table, function, schema
    throw error{errc::schema_missing,
                describe(connection) + ' ' + std::string{missing} + " (" + complaint(failed) + ')'};
}

void explain_missing_privilege(connection_of_transaction& connection, pqxx::sql_error const& failed,
                               std::string_view remedy) {
    if (sqlstate(failed) != "42501") return;
    throw error{errc::missing_privilege,
                describe(connection) + " lacks a privilege: " + complaint(failed) + "; " + std::string{remedy}};
}

std::string grant_of_function(connection_of_transaction& connection, char const* function) {
    auto const role = quoted_name(connection.username() ? connection.username() : "");
    return "let the owner of the schema txq run: grant usage on schema txq to " + role +
           "; grant execute on function txq." + function + " to " + role + "; (docs/operating.md, Roles)";
}

} // namespace txq::pq
