#pragma once

#include <string>

#include <txq/detail/session.hpp>

namespace txq {

/// What lets a server forget what it has confirmed, such as `fsync = off`; empty: nothing.
std::string unsafe_settings(session& database);

/// Warns of them, once per process and database. `where`: which one it is, for people.
void warn_of_unsafe_settings(session& database, std::string const& where);

} // namespace txq
