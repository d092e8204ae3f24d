#pragma once

#include <string_view>

#include <pqxx/transaction_base>

namespace txq {

// What is paused is not claimed by any worker, from the next claim after the commit on; what is claimed already is run.
// Its jobs keep coming in and keep their places. A queue, kind or tenant need not exist yet.
//
// Pauses are in the queue's database: `tx` is a transaction there, which is never begun, committed or rolled back here.
//
// All throw error (bad_configuration) for a name that cannot be, which has 1 to 128 bytes in the connection's
// client_encoding, error (schema_missing) if the database does not have the queue's side, and error (missing_privilege),
// with the grant, if the role may not do it; PostgreSQL may have aborted the transaction then. libpqxx's exceptions pass
// through. Any thread, as long as it is the only one that uses `tx`.

/// Each returns false if it was paused already, and then it stays so since when it was.
bool pause_queue(pqxx::transaction_base& tx, std::string_view queue);
bool pause_kind(pqxx::transaction_base& tx, std::string_view kind);
bool pause_tenant(pqxx::transaction_base& tx, std::string_view tenant);

/// Each wakes the workers when it is committed, and returns false if it was not paused.
bool resume_queue(pqxx::transaction_base& tx, std::string_view queue);
bool resume_kind(pqxx::transaction_base& tx, std::string_view kind);
bool resume_tenant(pqxx::transaction_base& tx, std::string_view tenant);

} // namespace txq
