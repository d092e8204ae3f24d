#pragma once

#include <string>
#include <string_view>

#include <txq/detail/pq.hpp>

namespace txq::pq {

/// The first line of what PostgreSQL complains about, without its severity, and without `prefix` if it begins so, such as
/// the name of the function that complains.
std::string complaint(std::exception const& failed, std::string_view prefix = {});

/// To be called where a statement's failure is handled: throws errc::schema_missing if the statement did not find a
/// table, a function or the schema, so that the application is told what to do, and not what PostgreSQL did not find.
///   missing   follows the database's description: "has no … of txq; …"
void explain_missing_schema(connection_of_transaction& connection, pqxx::sql_error const& failed,
                            std::string_view missing);

/// The same for a privilege that the role lacks: throws errc::missing_privilege, which says who may not do what, and where.
///   remedy  what to do about it: "let the owner of the schema txq ..."
void explain_missing_privilege(connection_of_transaction& connection, pqxx::sql_error const& failed,
                               std::string_view remedy);

/// The remedy where what it takes is a function of the schema txq.
std::string grant_of_function(connection_of_transaction& connection, char const* function);

} // namespace txq::pq
