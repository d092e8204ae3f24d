#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <txq/detail/session.hpp>

namespace txq::cli {

/// The rows of list_limits; none where the database has no limits yet.
pqxx::result read_limits(session& database);
void show_limits(std::ostream& out, pqxx::result const& limits);
nlohmann::json json_of_limits(pqxx::result const& limits);

} // namespace txq::cli
