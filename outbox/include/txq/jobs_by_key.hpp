#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <pqxx/transaction_base>

#include <txq/error.hpp>
#include <txq/uuid.hpp>

// What can be done with jobs that were enqueued with `unique`, in the queue's database and in the caller's transaction.
// Of the jobs of a key it is the one that was enqueued last of those that became a job of their own, once it has been
// relayed. The key is the one that was given, or the JSON object of the fields with what the payload has there, in
// whatever order and with whatever spaces: `{"cart":7}`.
//
// All throw error (bad_kind, bad_unique) for a kind and a key that cannot be, error (schema_missing) if the database
// does not have the queue's side, and error (missing_privilege), with the grant, if the role may not do it; PostgreSQL
// has aborted the transaction then. libpqxx's exceptions pass through.

namespace txq {

struct job_of_key {
    uuid id;
    /// scheduled, ready, waiting (for its turn in an order), running, dead, held, discarded, cancelled, or completed.
    std::string state;
};

/// Nothing if there is none, or that was long ago.
std::optional<job_of_key> find_job(pqxx::transaction_base& tx, std::string_view kind, std::string_view key);

enum class cancellation {
    none,      ///< there is no job that waits or runs
    cancelled, ///< it will not be run
    requested, ///< it runs, and its worker is asked to stop it
};

/// Waits for those who are writing the job: a moment.
cancellation cancel_job(pqxx::transaction_base& tx, std::string_view kind, std::string_view key);

/// Lets the job run at another time, of the years 1970 to 2199; in the past: at once. Returns false if there is none
/// that waits; one that a worker has just claimed does not wait any more. Throws error (bad_time).
bool reschedule_job(pqxx::transaction_base& tx, std::string_view kind, std::string_view key,
                    std::chrono::system_clock::time_point run_at);

/// What became of an enqueue that another job stands for.
struct enqueue_outcome {
    uuid job;
    /// kept, replaced or postponed.
    std::string outcome;
};

/// Nothing if the enqueue with this id is a job of its own, has not been relayed yet, or that was long ago.
std::optional<enqueue_outcome> outcome_of_enqueue(pqxx::transaction_base& tx, uuid const& id);

} // namespace txq
