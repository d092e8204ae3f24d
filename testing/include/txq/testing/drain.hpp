#pragma once

#include <vector>

#include <pqxx/pqxx>

#include <txq/testing/inline_worker.hpp>

namespace txq::testing {

/// Runs whatever the transaction has enqueued in its database, by C++, SQL or triggers, and what follows from it, until
/// nothing is left to be run, within the transaction: see inline_worker. Delays and retries do not take time.
///
///     pqxx::work tx{connection};
///     place_order(tx, ...);                                 // the code under test, which enqueues
///     auto const ran = txq::testing::drain(tx, handlers);   // and what comes of it
///     CHECK(tx.exec("select ...")...);
///     // tx is rolled back
std::vector<attempt_end> drain(pqxx::work& tx, registry handlers);

/// A clock that begins with the transaction's time, for tests in which the database's times matter.
clock clock_of(pqxx::work& tx);

} // namespace txq::testing
