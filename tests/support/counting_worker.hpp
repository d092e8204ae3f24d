#pragma once

#include <string>

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

namespace txq::test {

inline void put(database& db, int count, std::string const& payload, std::string const& queue = "default") {
    put_jobs(db, {.queue = queue, .count = count, .payload = payload});
}

/// A worker that claims, and asks what of that may begin.
struct counting_worker : registered {
    using registered::registered;

    pqxx::result admit(pqxx::transaction_base& tx, int limit) {
        auto const claimed = claim(tx, limit);
        return on.run(tx, sql::admit_jobs, admission_of(claimed));
    }
    int admit(int limit) {
        pqxx::work tx{on.connection()};
        auto const admitted = static_cast<int>(admit(tx, limit).size());
        tx.commit();
        return admitted;
    }
    void complete_one() {
        auto const one = on.run(sql::running_jobs, pq::params{id})[0];
        auto const done = on.run(sql::complete_jobs, pq::params{id, "{" + one["id"].as<std::string>() + "}",
                                                                "{" + one["fence"].as<std::string>() + "}"});
        CHECK(done.size() == 1);
    }
    /// Of the first limit: one place.
    int release(std::string const& key) {
        return on.run(sql::release_parked, pq::params{"{1}", "{" + key + "}", "{1}"})[0]["released"].as<int>();
    }
    /// What is scheduled and due is made ready.
    void promote() { on.run(sql::promote_jobs, pq::params{100, "-infinity"}); }
    int sweep() { return on.run(sql::sweep_parked, pq::params{0, "", 100})[0]["released"].as<int>(); }
};

/// The time of all that is parked has come that would be due within that interval.
inline void let_come_due(database& db, std::string const& within) {
    db.query(
        "with due as (update txq.jobs set run_at = now() where state = 'scheduled' and run_at < now() + interval '" +
        within + "' returning id) update txq.parked_jobs set run_at = now() from due where job_id = due.id");
}

/// Until that one of the scheduled jobs is due.
inline std::string minutes_until(database& db, int which) {
    return db.value("select round(extract(epoch from run_at - now()) / 60) from txq.jobs where state = 'scheduled' "
                    "order by run_at limit 1 offset " +
                    std::to_string(which));
}

} // namespace txq::test
