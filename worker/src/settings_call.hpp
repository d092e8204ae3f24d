#pragma once

#include <optional>
#include <string_view>

#include <txq/detail/pq.hpp>

namespace txq {

// What the calls have in common that set up queues, kinds, tenants and limits in the application's transaction.

/// Throws error (bad_configuration) unless it has 1 to 128 bytes, none of them zero.
///   caller  the function that is given it; what  "a queue"
void check_name(std::string_view name, char const* caller, char const* what);

/// Throws error (bad_configuration) unless it is missing or within what is allowed.
void check_range(std::optional<int> value, char const* caller, char const* what, int least, int most);

/// Runs a statement that calls a function of the schema, whose complaints about what it is given become error
/// (bad_configuration).
///   part  what the database does not have if the function is not there: "limits"
pqxx::row call_setting(pqxx::transaction_base& tx, statement const& what, pq::params const& with, char const* part);

} // namespace txq
