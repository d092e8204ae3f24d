#include <txq/detail/schema_missing.hpp>

#include <txq/error.hpp>

namespace txq::pq {

std::string complaint(std::exception const& failed) {
    std::string const message = failed.what();
    auto const line = message.substr(0, message.find('\n'));
    std::string_view constexpr severity = "ERROR:  ";
    return line.starts_with(severity) ? line.substr(severity.size()) : line;
}

void explain_missing_schema(connection_of_transaction& connection, pqxx::sql_error const& failed,
                            std::string_view missing) {
    auto const state = sqlstate(failed);
    if (state != "42P01" && state != "42883" && state != "3F000") return; // table, function, schema
    throw error{errc::schema_missing,
                describe(connection) + ' ' + std::string{missing} + " (" + complaint(failed) + ')'};
}

} // namespace txq::pq
