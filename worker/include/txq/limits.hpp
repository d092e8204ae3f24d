#pragma once

#include <string_view>

#include <pqxx/transaction_base>

namespace txq {

enum class limit_scope { queue, kind };

char const* name(limit_scope scope) noexcept;

enum class limit_change { added, changed, unchanged };

// Limits are in the queue's database: `tx` is a transaction there, which is never begun, committed or rolled back here.
// Workers obey what has been committed within two seconds.
//
// Both throw error (bad_configuration) for what cannot be meant, before a statement is sent, and error (schema_missing)
// if the database has no limits; then PostgreSQL has aborted the transaction. libpqxx's exceptions pass through. Any
// thread, as long as it is the only one that uses `tx`.

/// Lets up to `max_running` jobs of a queue or a kind run at the same time, in all processes together: handlers, that
/// is, whatever waits for one. 0 to 1,000,000; with 0 none begins. What runs already goes on, and counts.
limit_change set_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name, int max_running);

/// False if there was no such limit.
bool remove_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name);

} // namespace txq
