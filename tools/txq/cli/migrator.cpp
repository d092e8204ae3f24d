#include <txq/cli/migrator.hpp>

#include <thread>

#include <txq/cli/literals.hpp>
#include <txq/detail/backoff.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

using std::chrono::steady_clock;

constexpr char another_runs[] = "another txq migrate is at work on this database";
constexpr char table_in_use[] = "a transaction of somebody else's holds a lock that a migration needs";

std::string id_of(migration const& one) {
    return std::string{name(one.side)} + " migration " + std::to_string(one.number) + " (" + std::string{one.name} +
           ")";
}

pq::params record_of(migration const& one) { return pq::params{name(one.side), one.number, checksum(one.text)}; }

std::optional<migration> first_missing(migrator_options const& how, std::span<applied_migration const> applied) {
    for (auto const which : how.sides)
        if (auto const missing = missing_migrations(which, how.known, applied); !missing.empty())
            return missing.front();
    return std::nullopt;
}

/// What came of one transaction.
struct step {
    std::optional<migration> applied;
    char const* waits_for = nullptr; ///< null: nothing, so without a migration all is done
};

void apply(session& database, pqxx::transaction_base& tx, migration const& one, migrator_options const& how) {
    database.run(tx, sql::configure_migration, pq::params{how.lock_timeout.count()});
    database.run(tx, sql::allow_all_plans);
    tx.exec(std::string{one.text});
    auto const recorded = database.run(tx, sql::record_migration, record_of(one));
    if (recorded.affected_rows() != 1)
        throw error{errc::bad_configuration, id_of(one) + " does not add its row to txq.migrations"};
}

bool is_there_already(pqxx::sql_error const& failed) {
    for (auto const* state : {"42P06", "42P07", "42710", "42723"}) // schema, table, object, function
        if (failed.sqlstate() == state) return true;
    return false;
}

[[noreturn]] void reject_foreign(session& database, migration const& one, pqxx::sql_error const& failed) {
    std::string const message = failed.what();
    throw error{
        errc::migration_changed,
        id_of(one) + " cannot be applied to database " + database.connection().dbname() + ": " +
            message.substr(0, message.find('\n')) +
            "; its schema txq has something that no migration of txq's made. Rename or drop that, or use another "
            "database; nothing was changed by this migration"};
}

step apply_next(session& database, migrator_options const& how) {
    pqxx::work tx{database.connection()};
    database.begin(tx);
    if (!database.run(tx, sql::try_migration_lock)[0]["locked"].as<bool>()) return {std::nullopt, another_runs};
    auto const next = first_missing(how, read_applied(database, tx));
    if (!next) return {};
    try {
        apply(database, tx, *next, how);
    } catch (pqxx::sql_error const& failed) {
        if (is_there_already(failed)) reject_foreign(database, *next, failed);
        if (failed.sqlstate() != "55P03" && classify(failed) != fault::retry) throw;
        return {std::nullopt, table_in_use};
    }
    tx.commit();
    return {next, nullptr};
}

/// A query without its result, which psql would show.
std::string performed(std::string const& query) {
    return "do $txq$\nbegin\n  perform" + query.substr(query.find(' ')) + "end\n$txq$;\n";
}

/// A condition that a query with a result makes.
std::string where(statement const& query, pq::params const& with) {
    auto const text = with_literals(query, with);
    return '(' + text.substr(0, text.rfind(';')) + ')';
}

std::string refuse_if_applied(migration const& one) {
    return "do $txq$\nbegin\n  if " + where(sql::has_migrations, {}) + " then\n    if exists " +
           where(sql::is_applied, pq::params{name(one.side), one.number}) + " then\n      raise exception '" +
           id_of(one) +
           " is applied already, and nothing was changed; what this database lacks, if anything, is printed by: txq "
           "migrate --sql --missing';\n    end if;\n  end if;\nend\n$txq$;\n";
}

} // namespace

int apply_missing(session& database, migrator_options const& how) {
    int applied = 0;
    backoff pause{std::chrono::milliseconds{100}, std::chrono::seconds{2}};
    auto progress_at = steady_clock::now();
    for (;;) {
        auto const done = apply_next(database, how);
        if (done.applied) {
            ++applied;
            how.on_applied(*done.applied);
            progress_at = steady_clock::now();
            pause.reset();
        } else if (!done.waits_for) {
            return applied;
        } else {
            if (steady_clock::now() - progress_at >= how.patience)
                throw std::runtime_error{std::string{"gave up waiting: "} + done.waits_for +
                                         "; see pg_stat_activity and pg_locks, and run txq migrate again"};
            how.on_waiting(done.waits_for);
            std::this_thread::sleep_for(pause.next());
        }
    }
}

std::string migration_script(std::span<migration const> migrations, std::chrono::milliseconds lock_timeout) {
    std::string script;
    for (auto const& one : migrations) {
        script += "-- " + id_of(one) + "\nbegin;\n" + refuse_if_applied(one) +
                  performed(with_literals(sql::configure_migration, pq::params{lock_timeout.count()}));
        script += '\n';
        script += one.text;
        script += '\n' + with_literals(sql::record_migration, record_of(one)) + "commit;\n\n";
    }
    return script;
}

} // namespace txq::cli
