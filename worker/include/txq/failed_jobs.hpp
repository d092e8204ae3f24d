#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include <pqxx/transaction_base>

#include <txq/error.hpp>
#include <txq/uuid.hpp>

namespace txq {

// What a person decides about jobs that have failed, for a page of the application's own; `txq dead`, `txq jobs` and,
// in SQL, the functions of the same names do the same. docs/errors.md shows how to find the ids.
//
// Jobs are in the queue's database: `tx` is a transaction there, which is never begun, committed or rolled back here.
//
// Each returns the ids of those that it has changed, in order: one that is in another state by now, or gone, is left as
// it is. All wait for those who are writing the jobs, a moment, and throw error: schema_missing if the database does
// not have the queue's side, missing_privilege if the role does not have an operator's rights; PostgreSQL has aborted
// the transaction then. libpqxx's other exceptions pass through. Any thread, as long as it is the only one that uses
// `tx`.

/// Makes dead jobs ready again, with all of their attempts, under the same operation_id; in `to_queue`, or, if that is
/// empty, in the queue that each is in. Throws error (bad_queue) for a name of more than 128 bytes.
std::vector<uuid> redrive_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids,
                               std::string_view to_queue = {});

/// Makes held jobs ready again, with all of their attempts.
std::vector<uuid> release_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids);

/// Ends jobs without success that are dead or held, or that wait.
std::vector<uuid> discard_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids);

/// Forgets jobs that have been dead for at least `for_at_least` (zero: all that are), with the errors of their
/// attempts. What they have come to cannot be looked up any more. Throws error (bad_time) if it is negative.
std::vector<uuid> purge_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids,
                             std::chrono::seconds for_at_least = {});

} // namespace txq
