#pragma once

#include <optional>
#include <string>
#include <vector>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/session.hpp>

#include <support/database.hpp>

namespace txq::test {

/// The parameters of claim_jobs for a look at all jobs of the kind "test". `settled`: see there.
inline pq::params claim_of(long worker, std::string const& queue, int limit, bool suspects = false,
                           std::optional<std::string> const& settled = std::nullopt) {
    return pq::params{worker, queue, "{test}", limit, suspects, "{0,0,0,0}", settled};
}

/// How many sessions of the database wait for a lock.
constexpr auto someone_waits =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

inline std::vector<std::string> column(pqxx::result const& rows, char const* name) {
    std::vector<std::string> values;
    for (auto const& row : rows) values.emplace_back(row[name].c_str());
    return values;
}

/// A registered worker that does what it is told, one statement at a time.
class registered {
  public:
    explicit registered(database& db) : on{{.where = connection_info::parse(db.url())}} {
        id = on.run(sql::register_worker, pq::params{"race:1", 1000, "{default}", "{test}"})[0]["id"].as<long>();
    }

    pqxx::result claim(pqxx::transaction_base& tx, int limit, bool suspects = false) {
        return on.run(tx, sql::claim_jobs, claim_of(id, "default", limit, suspects));
    }
    pqxx::result claim(int limit, bool suspects = false) {
        pqxx::nontransaction tx{on.connection()};
        return claim(tx, limit, suspects);
    }
    /// Also what was locked in transactions before this one.
    pqxx::result claim_settled(int limit) {
        auto const next = on.run(sql::next_transaction)[0]["xid"].as<std::string>();
        return on.run(sql::claim_jobs, claim_of(id, "default", limit, false, next));
    }
    /// As the statements that end or lease attempts take them.
    pq::params attempts_of(pqxx::result const& jobs) const {
        return pq::params{id, pq::array(column(jobs, "id")), pq::array(column(jobs, "fence"))};
    }
    /// The same for those that count keys, who have so many threads.
    pq::params admission_of(pqxx::result const& jobs, int threads = 1000) const {
        return pq::params{id, pq::array(column(jobs, "id")), pq::array(column(jobs, "fence")), 1, threads};
    }
    pqxx::result lock(pqxx::transaction_base& tx, int limit, std::string const& floors = "{0,0,0,0}") {
        return on.run(tx, sql::lock_jobs, pq::params{id, "default", "{test}", limit, floors});
    }
    int complete_locked(pqxx::transaction_base& tx, pqxx::result const& jobs) {
        auto const rows = pq::array(column(jobs, "row"));
        return on.run(tx, sql::complete_locked_jobs, pq::params{rows})[0]["jobs"].as<int>();
    }
    int complete(pqxx::result const& jobs) {
        return static_cast<int>(on.run(sql::complete_jobs, attempts_of(jobs)).size());
    }

    session on;
    long id = 0;
};

} // namespace txq::test
