#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <txq/detail/connection_info.hpp>
#include <txq/detail/deadline.hpp>
#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>

namespace txq {

/// A connection of txq's own (never the application's): configured so that no role's, database's or environment's
/// defaults change what statements mean, and bounded in time. One thread at a time. Lost once, lost for good: make a
/// new one.
class session {
  public:
    struct options {
        connection_info where;
        /// What pg_stat_activity shows, such as "txq-relay".
        std::string name = "txq";
        /// A statement is given up by the server after this long; zero: never. If the server says nothing for three
        /// seconds more, the connection is given up by this side. Handlers' transactions have neither: see bound().
        std::chrono::milliseconds statement_timeout = std::chrono::seconds{30};
        /// A statement that waits for a lock is given up after this long; zero: never.
        std::chrono::milliseconds lock_timeout{0};
        /// The server ends the session when nothing has been asked of it for this long (from PostgreSQL 14 on), so that
        /// its locks do not outlive a process that hangs; zero: never.
        std::chrono::milliseconds idle_timeout{0};
        /// The same within a transaction; zero: never.
        std::chrono::milliseconds idle_in_transaction_timeout{0};
        /// Whether commits wait for the disk.
        bool synchronous_commit = true;
        /// Handlers use it for SQL of their own: search_path and planner settings are left as the application has them.
        bool for_handlers = false;
        /// The server's session may be another one in each transaction, and others' afterwards: nothing is prepared and
        /// nothing is set for longer than a transaction. Slower: settings are sent with each of them.
        bool pooled = false;
    };

    /// Connects. Throws pqxx::broken_connection, as every later call does when the connection is lost.
    explicit session(options const& how);

    pqxx::connection& connection() noexcept { return connection_; }
    /// False on a standby or a primary that has been demoted.
    bool writable() const noexcept { return writable_; }
    /// Of the server, that serves it; which a pooler's number is not.
    int server_process() const noexcept { return server_process_; }

    /// Goes before a transaction that is begun on this session, and outlives it: so its begin, its commit and its
    /// rollback have a deadline, too.
    [[nodiscard]] deadline::scope bound() { return deadline::scope{deadline_}; }
    /// Gives the connection up: who waits for the server gets an error. Any thread.
    void give_up() noexcept { deadline_.expire(); }

    /// Goes first in every transaction that is begun on this session.
    void begin(pqxx::transaction_base& tx);

    /// Runs one statement and commits it.
    pqxx::result run(statement const& what, pq::params const& with = {});
    /// Runs a statement in a transaction on this session.
    pqxx::result run(pqxx::transaction_base& tx, statement const& what, pq::params const& with = {});

    /// Of its connection, which is lost as libpqxx reports. Only for what others have run on it: run() says so itself.
    std::string why_lost(std::string const& reported) const;

  private:
    pqxx::row configure(pqxx::transaction_base& tx);
    void prepare(statement const& what);
    void on_notice(std::string_view notice);
    /// With what is known of a connection that is lost meanwhile.
    auto told(auto action) {
        try {
            return action();
        } catch (pqxx::broken_connection const& lost) { throw pqxx::broken_connection{why_lost(lost.what())}; }
    }

    int server_process_ = 0;
    bool const pooled_;
    bool const for_handlers_;
    pq::params const settings_;
    pqxx::connection connection_;
    std::string last_words_; ///< of the server; empty: none
    pq::notice_listener notices_;
    std::set<std::string> prepared_;
    bool writable_ = false;
    deadline deadline_; // last: it goes before the connection
};

/// A pq::listener on a session, within its deadline at the beginning and at the end.
class session_listener {
  public:
    session_listener(session& on, std::string const& channel, std::function<void(std::string_view payload)> on_notify)
        : session_{on} {
        auto const bounded = session_.bound();
        listener_.emplace(session_.connection(), channel, std::move(on_notify));
    }
    ~session_listener() {
        auto const bounded = session_.bound();
        listener_.reset();
    }
    session_listener(session_listener const&) = delete;
    session_listener& operator=(session_listener const&) = delete;

  private:
    session& session_;
    std::optional<pq::listener> listener_;
};

/// What a failed statement or connection means for the one who ran it.
enum class fault {
    connection, ///< lost, or the server cannot serve now: connect again, after a while
    in_doubt,   ///< lost during COMMIT: look whether it happened before doing anything again
    retry,      ///< deadlock or serialization failure: the same again
    statement,  ///< the statement itself: the same again would fail again
};

/// The one place that sorts libpqxx's exceptions. Anything else is `statement`.
fault classify(std::exception const& error) noexcept;

} // namespace txq
