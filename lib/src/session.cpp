#include <txq/detail/session.hpp>

#include <atomic>
#include <string_view>

#include <txq/detail/failpoint.hpp>
#include <txq/detail/planted.hpp>
#include <txq/log.hpp>

namespace txq {

namespace {

/// A peer that has gone without a word is noticed within about ten seconds.
std::string connection_string(session::options const& how) {
    auto where = how.where;
    where.set("client_encoding", "UTF8")
        .set_default("application_name", how.name)
        .set_default("connect_timeout", "5")
        .set_default("keepalives_idle", "5")
        .set_default("keepalives_interval", "2")
        .set_default("keepalives_count", "3")
        .set_default("tcp_user_timeout", "10000");
    return where.str();
}

char const* on_or_off(bool value) { return value ? "on" : "off"; }

/// The parameters of the statement that configures it.
pq::params settings_of(session::options const& how) {
    if (how.for_handlers) return pq::params{on_or_off(how.synchronous_commit), how.pooled};
    return pq::params{
        how.statement_timeout.count(), on_or_off(how.synchronous_commit), how.pooled,
        how.lock_timeout.count(),      how.idle_timeout.count(),          how.idle_in_transaction_timeout.count()};
}

/// A pooler that hands out its connections per transaction would hand prepared statements and settings to others.
void warn_of_pooler() {
    static std::atomic<bool> said{false};
    if (said.exchange(true)) return;
    log::warning("between this program and the database is a pooler: where it pools transactions, this program needs "
                 "its option --pooled, or nothing will work; a direct connection is better");
}

/// When the server has not cancelled a statement by itself, it will not.
constexpr auto after_statement_timeout = std::chrono::seconds{3};

std::chrono::milliseconds answer_within(session::options const& how) {
    if (how.statement_timeout.count() == 0) return std::chrono::milliseconds{0};
    return how.statement_timeout + after_statement_timeout;
}

} // namespace

session::session(options const& how)
    : pooled_{how.pooled},
      for_handlers_{how.for_handlers},
      settings_{settings_of(how)},
      connection_{connection_string(how)},
      notices_{connection_, [this](std::string_view notice) { on_notice(notice); }},
      deadline_{connection_.sock(), how.name, answer_within(how)} {
    auto const bounded = bound();
    pq::never_reconnect(connection_);
    pqxx::work tx{connection_};
    auto const row = configure(tx);
    tx.commit();
    writable_ = row["writable"].as<bool>();
    server_process_ = row["pid"].as<int>();
    if (!pooled_ && server_process_ != connection_.backendpid()) warn_of_pooler();
}

/// As long as nobody knows whether the server can be written to, it need not be.
pqxx::row session::configure(pqxx::transaction_base& tx) {
    return told([&] {
        tx.exec((writable_ ? sql::begin_pooled : sql::begin_session).text);
        return pq::exec(tx, for_handlers_ ? sql::configure_handler_session : sql::configure_session, settings_)[0];
    });
}

void session::begin(pqxx::transaction_base& tx) {
    if (!pooled_) return;
    auto const bounded = bound();
    configure(tx);
}

void session::prepare(statement const& what) {
    if (prepared_.contains(what.name)) return;
    connection_.prepare(what.name, TXQ_TEXT_OF(what));
    prepared_.insert(what.name); // not before: libpqxx 7 asks the server at once, which may refuse
}

pqxx::result session::run(statement const& what, pq::params const& with) {
    auto const bounded = bound();
    if (pooled_) {
        pqxx::work tx{connection_};
        begin(tx);
        auto rows = run(tx, what, with);
        tx.commit();
        return rows;
    }
    pqxx::nontransaction tx{connection_};
    return run(tx, what, with);
}

pqxx::result session::run(pqxx::transaction_base& tx, statement const& what, pq::params const& with) {
    std::optional<deadline::scope> bounded;
    if (!for_handlers_) bounded.emplace(deadline_);
    return told([&] {
        if (pooled_) return pq::exec(tx, what, with);
        prepare(what);
        TXQ_FAILPOINT(what.name, before);
        auto rows = pq::exec_prepared(tx, what, with);
        TXQ_FAILPOINT(what.name, after);
        return rows;
    });
}

/// Where the server has said nothing before. libpqxx 6 asks a connection that is lost for its encoding and reports
/// that, instead of what had become of it.
std::string session::why_lost(std::string const& reported) const {
    if (!last_words_.empty()) return last_words_;
    auto const says_nothing = reported.starts_with("Could not obtain client encoding") ||
                              reported.starts_with("Connection to database failed") ||
                              reported.starts_with("Lost connection to the database server");
    return says_nothing ? "the connection is lost; the server's log says why" : reported;
}

/// The server's FATAL ends its session.
void session::on_notice(std::string_view notice) {
    if (notice.starts_with("FATAL")) last_words_ = notice.substr(0, notice.find_last_not_of('\n') + 1);
}

fault classify(std::exception const& error) noexcept {
    if (dynamic_cast<pqxx::in_doubt_error const*>(&error)) return fault::in_doubt;
    if (dynamic_cast<pqxx::broken_connection const*>(&error)) return fault::connection;
    auto const* failed = dynamic_cast<pqxx::sql_error const*>(&error);
    if (!failed) return fault::statement;
    auto const state = pq::sqlstate(error);
    if (state == "40001" || state == "40P01") return fault::retry;
    // 08: connection exception, 53: out of disk, memory or connections, 57P: shutdown or crash, 25006: read-only,
    // 25P03: ended because it was silent within a transaction, and none at all: libpqxx 6 reports a connection lost in
    // mid-statement so
    for (auto const* prefix : {"08", "53", "57P", "25006", "25P03"})
        if (state.starts_with(prefix)) return fault::connection;
    return state.empty() ? fault::connection : fault::statement;
}

} // namespace txq
