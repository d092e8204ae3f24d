#include <txq/detail/schema_missing.hpp>

#include <txq/error.hpp>

namespace txq::pq {

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

} // namespace txq::pq
