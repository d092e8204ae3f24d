#pragma once

#include <string>
#include <vector>

#include <pqxx/connection>
#include <pqxx/transaction_base>

#include <txq/enqueue_options.hpp>
#include <txq/uuid.hpp>

namespace txq {

/// What takes jobs in the place of a database, in tests: see <txq/testing.hpp>.
class outbox_stand_in {
  public:
    /// A job that has been accepted.
    struct job {
        uuid id;
        std::string kind;
        /// JSON, as it was given.
        std::string payload;
        /// With the job's own operation_id, and the traceparent among the headers.
        enqueue_options options;
    };

    virtual ~outbox_stand_in() = default;
    /// The jobs of one enqueue or enqueue_many, in order. Any thread.
    virtual void take(std::vector<job> jobs) = 0;
};

/// Where jobs are enqueued: what the first argument of enqueue becomes by itself.
class outbox_ref {
  public:
    outbox_ref(pqxx::transaction_base& tx) noexcept : tx_{&tx} {}
    outbox_ref(outbox_stand_in& instead) noexcept : instead_{&instead} {}

    /// Null: there is none, the jobs go to stand_in().
    pqxx::transaction_base* transaction() const noexcept { return tx_; }
    /// Null: the jobs go to the transaction, unless somebody stands in for all of them.
    outbox_stand_in* stand_in() const noexcept;
    /// Whether the statements have been prepared: see prepared().
    bool is_prepared() const noexcept { return prepared_; }

    friend outbox_ref prepared(pqxx::transaction_base& tx) noexcept;

  private:
    pqxx::transaction_base* tx_ = nullptr;
    bool prepared_ = false;
    outbox_stand_in* instead_ = nullptr;
};

/// Prepares on a connection what enqueue sends, once after it has been made: for `enqueue(prepared(tx), ...)`. Only
/// where the connection stays with one session of the server: not behind a PgBouncer that pools by transaction. Throws
/// error (schema_missing) if the database has no outbox.
void prepare_enqueue(pqxx::connection& connection);

/// `enqueue(prepared(tx), ...)` is `enqueue(tx, ...)` with statements that the connection has prepared, which is a
/// fraction of the server's work. Throws error (bad_configuration) if prepare_enqueue has not been called for it; the
/// transaction is aborted then.
outbox_ref prepared(pqxx::transaction_base& tx) noexcept;

namespace detail {

/// Takes what is enqueued in any transaction of this process, until it is null again. Returns what it was before.
outbox_stand_in* stand_in_for_all(outbox_stand_in* instead) noexcept;

} // namespace detail

} // namespace txq
