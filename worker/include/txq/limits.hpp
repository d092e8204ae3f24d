#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <pqxx/transaction_base>

namespace txq {

enum class limit_scope { queue, kind };

char const* name(limit_scope scope) noexcept;

/// What is limited; what is not set is not. The SQL function txq.set_limit has the same options and limits.
struct limit_settings {
    /// How many jobs run at the same time, in all processes together: handlers, that is, whatever waits for one. 0 to
    /// 1,000,000; with 0 none begins.
    std::optional<int> max_running{};

    /// How many handlers begin within a period, on average: 1 to 1,000,000. Each attempt is a beginning.
    std::optional<int> starts{};

    /// A second to a day; only with starts.
    std::chrono::milliseconds period = std::chrono::seconds{1};

    /// How many may begin at once after a while in which fewer have. A fifth of a second's starts unless set, and no
    /// less; with each or cost 1 or more; up to 1,000,000. Only with starts.
    std::optional<int> burst{};

    /// A limit for each tenant ("tenant") or each value that a field of the payload has ("payload.host"); jobs without
    /// one are together. Empty: one for all jobs. It is a part of the limit's name: limits of a queue with different
    /// ones are several.
    std::string each{};

    /// The field of the payload ("payload.pages") with the number for how many jobs one counts; where it has none, and
    /// if this is empty: for one. What is more than max_running counts as that. A job that costs more than burst begins
    /// when as much may begin as ever, and what it costs beyond is made up for before the next one begins.
    std::string cost{};
};

enum class limit_change { added, changed, unchanged };

// Limits are in the queue's database: `tx` is a transaction there, which is never begun, committed or rolled back here.
// Workers obey what has been committed within two seconds.
//
// Both throw error (bad_configuration) for what cannot be meant, before a statement is sent, error (schema_missing) if
// the database has no limits, and error (missing_privilege), with the grant, if the role may not do it; then PostgreSQL
// has aborted the transaction. libpqxx's exceptions pass through. Any thread, as long as it is the only one that uses
// `tx`.

/// Limits the jobs of a queue or a kind: all that is said of them, in place of what was said before. What runs already
/// goes on, and counts. Throws error (bad_configuration) also where only the database can tell, whose transaction is
/// then aborted.
limit_change set_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name,
                       limit_settings const& settings);

/// False if there was no such limit.
bool remove_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name, std::string_view each = {});

} // namespace txq
