#pragma once

#include <optional>
#include <string_view>

#include <pqxx/transaction_base>

namespace txq {

/// What becomes of an enqueue into a queue that is full.
enum class when_full {
    refuse, ///< it throws error (queue_full)
    warn,   ///< it is accepted, and the connection's notice handler, if there is one, gets a WARNING
};

char const* name(when_full what) noexcept;

/// What a queue is like; what is not set stays as it is. The SQL function txq.set_queue has the same settings.
struct queue_settings {
    /// Whether its tenants take turns. A queue does not unless this is set. Jobs that wait already keep their places.
    std::optional<bool> fair{};

    /// With how many jobs that could be run the queue is full: up to 100,000,000. 0: it never is, as without this.
    /// Known to producers about a second later: see docs/backpressure.md.
    std::optional<int> max_depth{};

    /// Refuse unless set. Only for a queue that has a maximum depth.
    std::optional<txq::when_full> when_full{};
};

/// What a tenant is like, in all fair queues.
struct tenant_settings {
    /// How many jobs it has at each of its turns: 1 to 1000. For jobs that become ready from now on.
    int weight = 1;
};

// Queues and tenants are in the queue's database: `tx` is a transaction there, which is never begun, committed or
// rolled back here. They need not have any jobs yet.
//
// Both throw error (bad_configuration) for what cannot be meant, before a statement is sent where that is possible,
// error (schema_missing) if the database does not have the queue's side, and error (missing_privilege), with the grant,
// if the role may not do it; else PostgreSQL has aborted the transaction. libpqxx's exceptions pass through. Names have 1 to 128 bytes in the connection's client_encoding. Any thread, as long as it is the only one
// that uses `tx`.

/// Sets what a queue is like. At least one thing must be set.
void set_queue(pqxx::transaction_base& tx, std::string_view queue, queue_settings const& settings);

/// Sets what a tenant is like: everything that is said of it.
void set_tenant(pqxx::transaction_base& tx, std::string_view tenant, tenant_settings const& settings);

} // namespace txq
