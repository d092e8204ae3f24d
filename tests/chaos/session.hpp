#pragma once

#include <memory>
#include <string>

#include <pqxx/pqxx>

namespace txq::chaos {

/// A connection of txq-chaos's own to a server that faults may just have happened to. One that gives no answer within
/// three seconds, or goes away while the session begins, is asked twice more; one that says that it recovers is waited
/// for, for twenty seconds. `url`: `key=value` words. Throws pqxx::broken_connection.
std::unique_ptr<pqxx::connection> connect(std::string const& url);

} // namespace txq::chaos
